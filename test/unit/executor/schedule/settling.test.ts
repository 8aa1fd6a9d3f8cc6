/** Files that wait until they have not changed for a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../../src/executor/lists/tree.js';
import { Settling } from '../../../../src/executor/schedule/settling.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';

const QUIET = 3200;
const LIMIT = 10_000;
/** Milliseconds since 1970 when the monotonic clock of these tests shows 0. */
const EPOCH = 1_000_000;

/** Files that a test changes, and what settles. */
class Tried {
  readonly files = new Map<string, Status>();
  readonly full: number[] = [];
  readonly settling: Settling;

  constructor(most?: number) {
    this.settling = new Settling(
      { quiet: QUIET, limit: LIMIT },
      {
        look: (path) => this.files.get(path),
        wall: () => EPOCH + this.now,
        full: (count) => this.full.push(count),
      },
      most,
    );
  }

  now = 0;

  file(path: string, kind: Status['kind'] = 'file', modified = EPOCH + this.now): this {
    const status = { kind, links: 1, size: 1, allocated: 512, inode: path, modified, changed: 0 };
    this.files.set(path, status);
    return this;
  }

  /** Whether it may go on at once. */
  tell(path: string, mask: number, more: Partial<Entry> = {}): boolean {
    return this.settling.admit(entryOf(path, mask, this.now, more), this.now) !== undefined;
  }

  write(path: string): boolean {
    return this.file(path).tell(path, IN.MODIFY);
  }

  at(now: number): string[] {
    this.now = now;
    return this.settling.take(now).map(({ path }) => path as string);
  }
}

function entryOf(path: string, mask: number, since: number, more: Partial<Entry> = {}): Entry {
  const { file } = ObjectType;
  return { path: fromText(path), mask, before: file, after: file, flags: 0, since, ...more };
}

test('a file waits until it has not changed for so long, and each change begins that anew', () => {
  const tried = new Tried();
  assert.equal(tried.write('f'), false);
  assert.deepEqual(tried.at(3000), []);
  tried.write('f');
  assert.deepEqual(tried.at(6199), []);
  assert.deepEqual(tried.at(6200), ['f']);
  assert.equal(tried.settling.size, 0);
  assert.equal(tried.settling.nextDue(), Infinity);
});

test('a file that never rests goes on at the limit, with its first change, and may wait again', () => {
  const tried = new Tried();
  for (let now = 0; now < LIMIT; now += 1000) {
    assert.deepEqual(tried.at(now), []);
    assert.equal(tried.write('log'), false);
  }
  assert.deepEqual(tried.at(LIMIT), ['log']);
  assert.equal(tried.write('log'), false);
});

test('the time of the next look is never after a file is due', () => {
  const tried = new Tried();
  for (const [index, name] of ['a', 'b', 'c', 'a', 'b', 'a'].entries()) {
    tried.at(index * 700);
    tried.write(name);
  }
  const settled: [string, number][] = [];
  for (let looks = 0; tried.settling.size > 0; looks++) {
    assert.ok(looks < 20, 'it looks in vain');
    for (const name of tried.at(tried.settling.nextDue())) settled.push([name, tried.now]);
  }
  assert.deepEqual(settled, [
    ['c', 4600],
    ['b', 6000],
    ['a', 6700],
  ]);
});

test('deletions, directories, links and what was synced before do not wait', () => {
  const tried = new Tried();
  tried.file('link', 'other').file('again');
  assert.ok(tried.tell('link', IN.CREATE));
  assert.ok(tried.tell('gone', IN.CREATE), 'it was removed meanwhile');
  tried.file('d', 'directory');
  const d = { after: ObjectType.directory, flags: EntryFlag.recursive };
  assert.ok(tried.tell('d', (IN.MOVED_TO | IN.ISDIR) >>> 0, d));
  assert.ok(tried.tell('d', (IN.CREATE | IN.ISDIR) >>> 0, { ...d, flags: 0 }));
  assert.ok(tried.tell('again', IN.MODIFY, { flags: EntryFlag.again }));
  tried.write('f');
  const deleted = entryOf('f', IN.DELETE, 7, { after: ObjectType.absent });
  assert.deepEqual(tried.settling.admit(deleted, 7), {
    ...deleted,
    mask: IN.MODIFY | IN.DELETE,
    since: 0,
  });
  assert.equal(tried.settling.size, 0);
});

test('a new directory waits for a moment, so that what is begun in it is known', () => {
  const tried = new Tried();
  const whole = { after: ObjectType.directory, flags: EntryFlag.recursive };
  tried.file('d', 'directory');
  assert.equal(tried.tell('d', (IN.CREATE | IN.ISDIR) >>> 0, whole), false);
  assert.deepEqual(tried.at(999), []);
  assert.deepEqual(tried.at(1000), ['d']);
  const flags = EntryFlag.recursive | EntryFlag.initial;
  assert.ok(tried.tell('d', (IN.CREATE | IN.ISDIR) >>> 0, { ...whole, flags }));
});

test('what was moved here or found has waited since it was modified', () => {
  const tried = new Tried();
  const old = EPOCH - QUIET;
  assert.ok(tried.file('old', 'file', old).tell('old', IN.MOVED_TO));
  assert.ok(tried.file('found', 'file', old).tell('found', IN.CREATE));
  assert.equal(tried.file('new', 'file', EPOCH - 1000).tell('new', IN.MOVED_TO), false);
  assert.equal(tried.file('future', 'file', EPOCH + 1e9).tell('future', IN.CREATE), false);
  assert.equal(tried.file('mode', 'file', old).tell('mode', IN.ATTRIB), false);
  assert.deepEqual(tried.at(2199), []);
  assert.deepEqual(tried.at(2200), ['new']);
  assert.deepEqual(tried.at(QUIET), ['future', 'mode']);
});

test('a file that has changed without an event, as by mmap, waits on, up to the limit', () => {
  const tried = new Tried();
  tried.write('f');
  tried.now = 2000;
  tried.file('f');
  assert.deepEqual(tried.at(QUIET), []);
  assert.deepEqual(tried.at(2 * QUIET), ['f']);
  tried.write('f');
  for (let now = tried.now; now < 2 * QUIET + LIMIT; now += 500) {
    assert.deepEqual(tried.at(now), []);
    tried.file('f');
  }
  assert.deepEqual(tried.at(2 * QUIET + LIMIT), ['f']);
});

test('files beyond a number do not wait, which is said once', () => {
  const tried = new Tried(2);
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'a'].map((name) => tried.write(name)),
    [false, false, true, true, false],
  );
  assert.deepEqual(tried.full, [2]);
});

test('files of the initial walk are counted until they are settled or removed', () => {
  const tried = new Tried();
  const flags = EntryFlag.initial;
  for (const name of ['a', 'b', 'c']) tried.file(name).tell(name, IN.CREATE, { flags });
  tried.write('other');
  tried.write('a');
  assert.equal(tried.settling.initials, 3);
  tried.tell('b', IN.DELETE, { after: ObjectType.absent });
  assert.equal(tried.settling.initials, 2);
  tried.at(QUIET);
  assert.equal(tried.settling.initials, 0);
});
