/** Two segments: the copy of what counts, what is left of one that was cut short, and damage. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ROOT, fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { Records } from '../../../../src/shared/state/records.js';
import { STATE_FILES } from '../../../../src/shared/state/files.js';
import { Kind } from '../../../../src/executor/state/records.js';
import { encodeRows, look } from '../../../../src/executor/state/rows.js';
import type { Row, Rows } from '../../../../src/executor/state/rows.js';
import { Segment } from '../../../../src/executor/state/segment.js';
import { Usage } from '../../../../src/executor/state/usage.js';
import { Store } from '../../../../src/executor/state/store.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';
import { until } from '../../../harness/until.js';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
/** Names in a directory; and how often its rows are written, so that most of a segment is old. */
const [NAMES, TIMES] = [1000, 400] as const;

class Trial {
  readonly files: readonly number[];
  readonly said: string[] = [];
  readonly row: Row;
  private readonly directory: string;

  constructor(t: TestContext) {
    this.directory = temporaryDirectory(t);
    this.files = STATE_FILES.map((name) => fs.openSync(join(this.directory, name), 'w+'));
    atEnd(t, () => this.files.forEach((file) => fs.closeSync(file)));
    Records.open(this.files[0] as number).put({ id: ID });
    this.row = look(fromText(this.directory)) as Row;
  }

  open(): Store {
    return new Store(this.files, {
      report: (level, text) => this.said.push(`${level}: ${text}`),
      usage: new Usage(() => undefined),
    });
  }

  size(segment: 0 | 1): number {
    return fs.fstatSync(this.files[segment + 1] as number).size;
  }

  rows(count: number): Rows {
    const names = Array.from({ length: count }, (_, index) => fromText(`n${index}`));
    return new Map(names.map((name) => [name, this.row]));
  }

  /**
   * Fills a segment with what no longer counts, but for the root, `d` in it, and the names in that.
   */
  fill({ marks }: Store): void {
    const root: Rows = new Map([
      [ROOT, this.row],
      [fromText('d'), this.row],
    ]);
    marks.write(Kind.directory, { path: ROOT, rows: encodeRows(root) });
    const rows = encodeRows(this.rows(NAMES));
    for (let time = 0; time < TIMES; time++) marks.write(Kind.directory, { path: D, rows });
    marks.write(Kind.base, {});
  }
}
const D = fromText('d');

function namesIn({ marks }: Store, directory: BytePath): number {
  return marks.rowsOf(directory).size;
}

test('what counts is copied into the other segment, with what comes meanwhile, and found there', async (t) => {
  const trial = new Trial(t);
  const store = trial.open();
  trial.fill(store);
  await store.sync();
  const before = trial.size(0);
  store.shrink();
  store.marks.write(Kind.set, { path: fromText('d/late'), rows: trial.row });
  store.marks.write(Kind.gone, { path: fromText('d/n0') });
  await until('the other segment to count', () => trial.size(0) === 0);
  assert.ok(trial.size(1) * 10 < before, `${trial.size(1)} of ${before} bytes`);
  store.marks.write(Kind.gone, { path: fromText('d/n1') });
  await store.close();
  const again = trial.open();
  const rows = again.marks.rowsOf(D);
  assert.deepEqual(
    ['late', 'n0', 'n1', 'n2'].map((name) => rows.has(fromText(name))),
    [true, false, false, true],
  );
  assert.deepEqual([rows.size, again.marks.hasBase, trial.said], [NAMES - 1, true, []]);
});

test('a copy that was cut short counts for nothing', async (t) => {
  const trial = new Trial(t);
  const store = trial.open();
  trial.fill(store);
  await store.close();
  const copy = Segment.make(trial.files[2] as number, ID, 2, false);
  copy.append(Buffer.from('half'));
  await copy.sync();
  const again = trial.open();
  assert.deepEqual([namesIn(again, D), trial.size(1), trial.said], [NAMES, 0, []]);
});

for (const where of ['head', 'middle'])
  test(`damage of its ${where} is said, nothing of it is believed, and the next start has a segment of its own`, async (t) => {
    const trial = new Trial(t);
    const store = trial.open();
    trial.fill(store);
    // What comes now says that all before it is on the disk.
    await store.sync();
    store.marks.write(Kind.base, {});
    await store.close();
    const at = where === 'head' ? 3 : Math.floor(trial.size(0) / 2);
    fs.writeSync(trial.files[1] as number, Buffer.from('x'), 0, 1, at);
    const again = trial.open();
    assert.match(
      trial.said.join('\n'),
      /^warning: --state-dir: marks-0 is damaged .* everything is synced$/,
    );
    assert.deepEqual([namesIn(again, D), again.marks.hasBase], [0, false]);
    again.marks.write(Kind.set, { path: fromText('d/a'), rows: trial.row });
    again.marks.write(Kind.base, {});
    await again.close();
    const third = trial.open();
    assert.deepEqual([namesIn(third, D), third.marks.hasBase, trial.said.length], [1, true, 1]);
  });

test('what a walk has found is known where the directory that it began with is', (t) => {
  const trial = new Trial(t);
  const { marks } = trial.open();
  const rows = encodeRows(trial.rows(1));
  marks.write(Kind.found, { walk: 1, path: D, rows });
  assert.ok(!marks.isKnown(D));
  for (const path of [ROOT, D]) marks.write(Kind.found, { walk: 2, path, rows });
  assert.ok(marks.isKnown(D));
});

test('a directory that a walk over what was known has not found is known no longer', (t) => {
  const trial = new Trial(t);
  const store = trial.open();
  const rows = encodeRows(trial.rows(3));
  for (const path of [ROOT, D]) store.marks.write(Kind.directory, { path, rows });
  assert.equal(namesIn(store, D), 3);
  store.marks.write(Kind.found, { walk: 1, path: ROOT, rows });
  store.marks.write(Kind.settled, { walk: 1, time: Date.now() });
  assert.deepEqual([namesIn(store, ROOT), namesIn(store, D)], [3, 0]);
});

test('what was synced after a walk had found a directory is known when that is synced', (t) => {
  const trial = new Trial(t);
  const store = trial.open();
  store.marks.write(Kind.found, { walk: 1, path: D, rows: encodeRows(trial.rows(1)) });
  for (let name = 0; name < 100; name++)
    store.marks.write(Kind.set, { path: fromText(`d/later${name}`), rows: trial.row });
  store.marks.tidy(D);
  store.marks.write(Kind.settled, { walk: 1, time: Date.now() });
  assert.equal(namesIn(store, D), 101);
});
