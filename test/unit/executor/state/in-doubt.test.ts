/** What a start compares as a whole, as the daemon was killed. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { basename, fromText, parent } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { Records } from '../../../../src/shared/state/records.js';
import { STATE_FILES } from '../../../../src/shared/state/files.js';
import { isSame, isUnsureBeneath } from '../../../../src/executor/state/rows.js';
import type { Row } from '../../../../src/executor/state/rows.js';
import { State } from '../../../../src/executor/state/state.js';
import { Store } from '../../../../src/executor/state/store.js';
import { Usage } from '../../../../src/executor/state/usage.js';
import { atEnd, subdirectory, temporaryDirectory } from '../../../harness/temporary.js';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
const { directory, absent } = ObjectType;
const [OUTER, INNER] = [fromText('outer'), fromText('outer/inner')] as const;

function entryOf(path: BytePath, mask: number, flags = 0): Entry {
  const before = mask === IN.MOVED_TO ? absent : directory;
  return { path, mask: (mask | IN.ISDIR) >>> 0, before, after: directory, flags, since: 0 };
}

class Trial {
  readonly state: State;
  readonly source: string;
  /** What has changed since it was taken. */
  again: readonly Entry[] = [];
  private readonly files: readonly number[];
  private readonly surface = { report: () => undefined, usage: new Usage(() => undefined) };

  constructor(t: TestContext) {
    const base = temporaryDirectory(t);
    this.source = subdirectory(base, 'source');
    fs.mkdirSync(join(this.source, INNER), { recursive: true });
    this.files = STATE_FILES.map((name) => fs.openSync(join(base, name), 'w+'));
    atEnd(t, () => this.files.forEach((file) => fs.closeSync(file)));
    Records.open(this.files[0] as number).put({ id: ID });
    this.state = new State(this.files, {
      ...this.surface,
      watchDirectory: fromText(this.source),
      takesWhole: true,
      isAsBefore: isSame,
      skipsInitial: false,
      syncsAll: false,
      add: () => undefined,
      quiet: () => Promise.resolve(),
      waiting: () => this.again.map(({ path }) => path),
      changedSince: () => this.again,
      brokeOff: () => undefined,
    });
    // It writes later what has become certain: into what has these descriptors by then.
    atEnd(t, () => this.state.close(false));
  }

  isInDoubt(path: BytePath): boolean {
    const row = this.rowOf(path);
    return row !== undefined && isUnsureBeneath(row);
  }

  /** As a start after a kill reads it. */
  rowOf(path: BytePath): Row | undefined {
    return new Store(this.files, this.surface).marks.rowsOf(parent(path)).get(basename(path));
  }
}

for (const [when, hasEnded] of [
  ['while it is synced', false],
  ['before all in it is', true],
] as const)
  test(`a directory that was moved, after a kill ${when}`, async (t) => {
    const trial = new Trial(t);
    const moved = entryOf(OUTER, IN.MOVED_TO);
    const kept = await trial.state.syncs([moved]);
    if (hasEnded) await kept.ended([moved], []);
    assert.ok(trial.isInDoubt(OUTER));
  });

test('a directory that is synced again before its marks are certain', async (t) => {
  const trial = new Trial(t);
  const outer = entryOf(OUTER, IN.ATTRIB, EntryFlag.recursive);
  const first = await trial.state.syncs([outer]);
  await first.ended([outer], []);
  await trial.state.syncs([outer]);
  await trial.state.close(false);
  assert.ok(trial.isInDoubt(OUTER));
});

test('a directory that is synced itself while another sync lists what is in it', async (t) => {
  const trial = new Trial(t);
  const listing = await trial.state.syncs([entryOf(INNER, IN.ATTRIB)]);
  listing.lists([OUTER]);
  const outer = entryOf(OUTER, IN.ATTRIB);
  const kept = await trial.state.syncs([outer]);
  await kept.ended([outer], []);
  assert.ok(trial.isInDoubt(OUTER));
  await trial.state.close(false);
  assert.ok(trial.isInDoubt(OUTER));
});

test('a directory that a walk tells as made keeps what is known of what is in it', async (t) => {
  const trial = new Trial(t);
  for (const path of [OUTER, INNER, OUTER]) {
    const entry = entryOf(path, IN.CREATE);
    const kept = await trial.state.syncs([entry]);
    await kept.ended([entry], []);
  }
  assert.ok(trial.rowOf(INNER));
});

test('a new directory in which something is synced before itself', async (t) => {
  const trial = new Trial(t);
  const inner = entryOf(INNER, IN.CREATE);
  const kept = await trial.state.syncs([inner]);
  assert.ok(trial.isInDoubt(OUTER));
  await kept.ended([inner], []);
  assert.ok(trial.isInDoubt(OUTER));
  const outer = entryOf(OUTER, IN.CREATE);
  await (await trial.state.syncs([outer])).ended([outer], []);
  assert.ok(!trial.isInDoubt(OUTER));
});

test('of a directory that is gone nothing is known when it is back, nor of those in it', async (t) => {
  const trial = new Trial(t);
  const FILE = fromText('outer/inner/file');
  const sync = async (path: BytePath, type: ObjectType): Promise<void> => {
    const entry: Entry = { ...entryOf(path, IN.CREATE), before: absent, after: type };
    await (await trial.state.syncs([entry])).ended([entry], []);
  };
  fs.writeFileSync(join(trial.source, FILE), '');
  await sync(OUTER, directory);
  await sync(INNER, directory);
  await sync(FILE, ObjectType.file);
  assert.ok(trial.rowOf(FILE));
  fs.renameSync(join(trial.source, OUTER), join(trial.source, 'away'));
  await sync(OUTER, absent);
  fs.renameSync(join(trial.source, 'away'), join(trial.source, OUTER));
  await sync(OUTER, directory);
  await sync(INNER, directory);
  assert.equal(trial.rowOf(FILE), undefined);
});

test('a directory that was replaced while one above it was synced as a whole, and it as well', async (t) => {
  const trial = new Trial(t);
  const outer = entryOf(OUTER, IN.ATTRIB, EntryFlag.recursive);
  const inner = entryOf(INNER, IN.ATTRIB);
  const kept = await trial.state.syncs([outer, inner]);
  trial.again = [inner];
  await kept.ended([outer, inner], []);
  assert.ok(trial.isInDoubt(INNER));
  assert.ok(!trial.isInDoubt(OUTER));
});
