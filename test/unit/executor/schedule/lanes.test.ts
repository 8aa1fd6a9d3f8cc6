import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lanes } from '../../../../src/executor/schedule/lanes.js';
import { PORTION, Queues } from '../../../../src/executor/schedule/queues.js';
import { Turns } from '../../../../src/executor/schedule/turns.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';

const names = (directory: string, count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => entry(`${directory}${index}`, 2));
const free = (): boolean => false;
const pathsOf = (entries: readonly Entry[]): string[] => entries.map(({ path }) => path);

function lanesOf(entries: readonly Entry[]): Lanes {
  const lanes = new Lanes();
  for (const one of entries) lanes.set(one);
  return lanes;
}

test('each directory of the root has its share, and in it what came first is first', () => {
  const lanes = lanesOf([...names('a/', 1000), ...names('b/', 2), ...names('c/', 500)]);
  const first = pathsOf(lanes.first(101));
  const of = (lane: string): string[] => first.filter((path) => path.startsWith(lane));
  assert.deepEqual([of('a/').length, of('b/'), of('c/').length], [49, ['b/0', 'b/1'], 50]);
  assert.deepEqual(of('c/').slice(0, 2), ['c/0', 'c/1']);
  assert.deepEqual(pathsOf(lanes.first(10, (lane) => lane === 'b')), ['b/0', 'b/1']);
});

test('names in the root are one among the directories, however many they are', () => {
  const lanes = lanesOf([...names('top', 5000), entry('d', 2), ...names('d/', 3)]);
  const first = pathsOf(lanes.first(100));
  assert.deepEqual(first.slice(-4), ['d', 'd/0', 'd/1', 'd/2'], 'a directory before its content');
  assert.equal(first.length, 100);
  assert.equal(lanes.first(1000, (lane) => lane === 'top7').length, 1);
});

test('what was deleted is in no lane', () => {
  const lanes = lanesOf([...names('a/', 3), entry('b/x', 2)]);
  lanes.delete(fromText('b/x'));
  for (const index of [0, 2]) lanes.delete(fromText(`a/${index}`));
  lanes.delete(fromText('a/none'));
  assert.deepEqual([lanes.size, ...pathsOf(lanes.first(0, () => true))], [1]);
  assert.deepEqual(pathsOf(lanes.first(9, () => true)), ['a/1']);
  lanes.clear();
  assert.deepEqual(
    lanes.first(9, () => true),
    [],
  );
});

test('a portion has something of each directory, and what takes a moment', () => {
  const turns = new Turns(() => false);
  const queues = new Queues({ normal: 0, big: 0, sync: 1 }, EntryFlag.initial, turns);
  for (const one of [...names('a/', 30_000), ...names('b/', 2)]) queues.add(one, 0);
  const taken = queues.take(1, free);
  assert.equal(taken.length, PORTION);
  assert.deepEqual(pathsOf(taken).slice(-2), ['b/0', 'b/1']);
  turns.synced(PORTION, 32_768);
  queues.add(entry('c/late', 2), 2);
  const next = queues.take(2, free);
  assert.equal(next.length, 250);
  assert.ok(pathsOf(next).includes('c/late'));
});

test('what takes long is synced apart from the rest, in turn, as parts of one sync', () => {
  const queues = new Queues(
    { normal: 0, big: 0, sync: 3000 },
    EntryFlag.initial,
    undefined,
    true,
    () => true,
  );
  for (const one of [...names('a/', 2000), entry('c', 2, EntryFlag.recursive), entry('b/x', 2)])
    queues.add(one, 0);
  assert.deepEqual(pathsOf(queues.take(1, free)), ['b/x']);
  assert.ok(queues.goesOn);
  queues.add(entry('b/y', 2), 2);
  assert.equal(queues.take(2, free).length, 2001, 'the others next, whatever comes meanwhile');
  assert.deepEqual(pathsOf(queues.take(3002, free)), ['b/y']);
  queues.add(entry('', 2, EntryFlag.recursive), 4);
  queues.add(entry('b/z', 2), 4);
  assert.equal(queues.take(9000, free).length, 2, 'the whole tree has all in it');
});

test('beside another sync only free directories are taken, and only what is due', () => {
  const queues = new Queues({ normal: 100, big: 0, sync: 0 });
  for (const one of [...names('a/', 9), entry('b/x', 2), entry('b/y', 2)]) queues.add(one, 0);
  const take = (now: number): string[] =>
    pathsOf(
      queues.takeApart(
        now,
        (lane) => lane !== 'a',
        ({ path }) => path !== 'b/y',
      ),
    );
  assert.deepEqual(take(99), []);
  assert.deepEqual(take(100), ['b/x']);
  assert.deepEqual([queues.size, queues.inHand.size, queues.goesOn], [10, 1, false]);
});
