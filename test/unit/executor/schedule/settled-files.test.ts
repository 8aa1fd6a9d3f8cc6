/** A backlog to which files come once they have settled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../../src/executor/lists/tree.js';
import { Gathering } from '../../../../src/executor/schedule/gathering.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { SettledFiles } from '../../../../src/executor/schedule/settled-files.js';
import { Settling } from '../../../../src/executor/schedule/settling.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { entry } from '../../../harness/entries.js';

const QUIET = 3200;
const free = (): boolean => false;

/** Every path but those that end with a slash is a file. */
function make(delays = { normal: 0, big: 0, sync: 0 }) {
  const queues = new Queues(delays);
  const look = (path: string): Status => ({
    kind: path.endsWith('/') ? 'directory' : 'file',
    links: 1,
    size: 1,
    allocated: 512,
    inode: path,
    modified: 0,
    changed: 0,
  });
  const context = { look, wall: () => 0, full: () => undefined };
  const backlog = new SettledFiles(queues, new Settling({ quiet: QUIET, limit: 20_000 }, context));
  const add = (path: string, now: number, more: Partial<Entry> = {}): void =>
    backlog.add({ ...entry(path, IN.MODIFY), since: now, ...more }, now);
  return { backlog, queues, add };
}

const DELETED = { mask: IN.DELETE, after: ObjectType.absent };
const names = (entries: Iterable<Entry>): string[] =>
  [...entries].map(({ path }) => path as string).sort();

test('a file that waits to settle keeps nothing else waiting, and is left out meanwhile', () => {
  const { backlog, add } = make();
  add('upload', 0);
  add('other', 0, DELETED);
  assert.equal(backlog.size, 2);
  assert.deepEqual(names(backlog.take(0, free)), ['other']);
  assert.equal(backlog.nextDue(), QUIET);
  assert.deepEqual(backlog.leaveOut([entry('', 0, EntryFlag.recursive)]), ['upload']);
  assert.deepEqual(backlog.take(QUIET - 1, free), []);
  assert.deepEqual(names(backlog.take(QUIET, free)), ['upload']);
  assert.deepEqual(backlog.leaveOut([]), []);
});

test('what was left out of a directory is synced with all that may stand there by then', () => {
  const { backlog, add } = make();
  for (const name of ['d/f', 'other']) add(name, 0);
  backlog.leaveOut([entry('d', 0, EntryFlag.recursive)]);
  assert.deepEqual(
    backlog.take(QUIET, free).map(({ path, flags }) => [path, flags]),
    [
      ['d/f', EntryFlag.recursive],
      ['other', 0],
    ],
  );
});

test('a new directory that waits is not left out: what is in it may be synced before', () => {
  const { backlog, add } = make();
  const mask = (IN.CREATE | IN.ISDIR) >>> 0;
  add('d/', 0, { mask, after: ObjectType.directory, flags: EntryFlag.recursive });
  assert.deepEqual(backlog.take(0, free), []);
  assert.deepEqual(backlog.leaveOut([entry('', 0, EntryFlag.recursive)]), []);
});

test('the delay of the queue counts from the first change, too', () => {
  const { backlog, add } = make({ normal: 5000, big: 0, sync: 0 });
  add('upload', 0);
  assert.deepEqual(backlog.take(QUIET, free), []);
  assert.equal(backlog.nextDue(), 5000);
  assert.deepEqual(names(backlog.take(5000, free)), ['upload']);
});

test('a file that changes again before its sync, or after a failure, waits to settle again', () => {
  const { backlog, queues, add } = make({ normal: 5000, big: 0, sync: 0 });
  add('queued', 0);
  add('failed', 0);
  const taken = [...backlog.take(QUIET, free), ...backlog.take(5000, free)];
  assert.deepEqual(names(taken), ['failed', 'queued']);
  backlog.hold(
    taken.filter(({ path }) => path === 'failed'),
    { due: 5001, dueIfChanged: 5001, failing: true },
  );
  backlog.kept(
    taken.filter(({ path }) => path === 'queued'),
    5000,
  );
  assert.equal(queues.size, 2);
  add('failed', 5000);
  add('queued', 5000);
  assert.equal(queues.size, 0);
  assert.equal(backlog.size, 2);
  assert.deepEqual(backlog.take(5001, free), []);
  assert.deepEqual(names(backlog.take(5000 + QUIET, free)), ['failed', 'queued']);
});

test('a file that changes while it is synced waits, whatever the verdict on it', () => {
  const { backlog, queues, add } = make();
  for (const name of ['kept', 'held']) add(name, 0);
  const taken = backlog.take(QUIET, free);
  assert.equal(taken.length, 2);
  for (const name of ['kept', 'held']) add(name, 4000);
  assert.deepEqual(names(backlog.touched(taken)), ['held', 'kept']);
  for (const one of taken)
    if (one.path === 'kept') backlog.kept([one], 4001);
    else backlog.hold([one], { due: 4001, dueIfChanged: 4001, failing: true });
  assert.equal(backlog.inHand.size, 0);
  assert.equal(queues.size, 0);
  assert.deepEqual(backlog.take(5000, free), []);
  assert.deepEqual(names(backlog.take(4000 + QUIET, free)), ['held', 'kept']);
});

test('names of one file settle together, and none because a directory is synced', () => {
  const { backlog, add } = make();
  add('one', 0);
  add('same', 100);
  add('stranger', 200);
  const keyOf = ({ path }: Entry): string =>
    path === 'directory' ? '*' : path === 'stranger' ? 'k2' : 'k1';
  const begun: string[][] = [];
  const gathering = new Gathering({ keyOf }, backlog, free, {
    begin: (all) => void begun.push(names(all)),
    over: () => undefined,
  });
  gathering.gather([entry('directory', 0, EntryFlag.recursive)]);
  gathering.gather(backlog.take(QUIET, free));
  assert.deepEqual(begun, [['directory'], ['one', 'same']]);
  assert.deepEqual(names(backlog.inHand), ['one', 'same']);
});

test('the last sync takes what has not settled', () => {
  const { backlog, add } = make();
  add('upload', 0);
  assert.deepEqual(backlog.takeAll(1), []);
  assert.equal(backlog.settleNow(1), 1);
  assert.deepEqual(names(backlog.takeAll(1)), ['upload']);
  assert.equal(backlog.size, 0);
});
