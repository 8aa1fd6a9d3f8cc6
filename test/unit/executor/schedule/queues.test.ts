import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../../src/shared/entry.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import { PORTION, Queues } from '../../../../src/executor/schedule/queues.js';
import { Sequence } from '../../../../src/executor/schedule/sequence.js';
import { entry } from '../../../harness/entries.js';

const free = (): boolean => false;
const DELAYS = { normal: 1000, big: 5000, sync: 3000 };

function paths(entries: readonly Entry[]): string[] {
  return entries.map(({ path }) => path as string).sort();
}

test('a queue is due when its first event is as old as its delay, and all of it is taken', () => {
  const queues = new Queues(DELAYS);
  queues.add(entry('a', 2), 0);
  queues.add(entry('b', 2), 900);
  assert.equal(queues.nextDue(), 1000);
  assert.deepEqual(queues.take(999, free), []);
  assert.deepEqual(paths(queues.take(1000, free)), ['a', 'b']);
  assert.equal(queues.size, 0);
  assert.equal(queues.nextDue(), undefined);
});

test('an entry that waited at the watcher is as old as its event', () => {
  const queues = new Queues(DELAYS);
  queues.add({ ...entry('a', 2), since: 100 }, 500);
  assert.equal(queues.nextDue(), 1100);
});

test('the next sync begins no sooner than the sync delay after the last began', () => {
  const queues = new Queues(DELAYS);
  queues.add(entry('a', 2), 0);
  assert.equal(queues.take(1000, free).length, 1);
  queues.add(entry('b', 2), 1001);
  assert.equal(queues.nextDue(), 4000);
  assert.deepEqual(queues.take(3999, free), []);
  assert.equal(queues.take(4000, free).length, 1);
});

test('zero delays mean at once', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 });
  queues.add(entry('a', 2), 7);
  assert.equal(queues.nextDue(), 7);
  assert.equal(queues.take(7, free).length, 1);
});

test('queues due at the same time are taken together; big files wait longer', () => {
  const queues = new Queues(DELAYS);
  queues.add(entry('big', 2, EntryFlag.big), 0);
  queues.add(entry('small', 2), 4500);
  assert.deepEqual(queues.take(4999, free), []);
  assert.deepEqual(paths(queues.take(5500, free)), ['big', 'small']);
});

test('an event on a path that waits joins it where it is, merged', () => {
  const queues = new Queues(DELAYS);
  queues.add(
    { ...entry('f', 0x100, EntryFlag.big), before: ObjectType.absent, after: ObjectType.file },
    0,
  );
  queues.add({ ...entry('f', 0x200), before: ObjectType.file, after: ObjectType.absent }, 10);
  assert.equal(queues.size, 1);
  assert.deepEqual(
    [...queues.entriesOf('big')],
    [{ ...entry('f', 0x300), before: ObjectType.absent, after: ObjectType.absent }],
  );
});

test('what the initial walk finds waits for nothing, even where an event came first', () => {
  const queues = new Queues(DELAYS);
  queues.add(entry('', 4), 0);
  queues.add(entry('', 0x100, EntryFlag.initial | EntryFlag.recursive), 1);
  assert.ok(queues.hasInitial);
  assert.deepEqual(queues.take(1, free), [
    entry('', 0x104, EntryFlag.initial | EntryFlag.recursive),
  ]);
});

test('what a handler failed on is pending again, with what happened meanwhile', () => {
  const queues = new Queues(DELAYS);
  queues.add(
    {
      ...entry('d', 0x100, EntryFlag.recursive),
      before: ObjectType.absent,
      after: ObjectType.directory,
    },
    0,
  );
  const taken = queues.take(1000, free);
  queues.add(
    { ...entry('d', 0x200), before: ObjectType.directory, after: ObjectType.absent },
    1100,
  );
  assert.deepEqual(queues.touched(taken), taken);
  queues.kept(taken, 1200);
  assert.equal(queues.size, 1);
  assert.deepEqual(
    [...queues.entriesOf('instant')],
    [
      {
        ...entry('d', 0x300, EntryFlag.recursive),
        before: ObjectType.absent,
        after: ObjectType.absent,
      },
    ],
  );
});

test('locked entries wait, and are taken when they no longer are', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 });
  queues.add(entry('a', 2), 0);
  queues.add(entry('b', 2), 0);
  assert.deepEqual(paths(queues.take(0, ({ path }) => path === 'a')), ['b']);
  assert.equal(queues.nextDue(), undefined);
  assert.deepEqual(paths([...queues.entriesOf('lockWait')]), ['a']);
  assert.deepEqual(paths(queues.take(1, free)), ['a']);
});

test('touches sees what is above and beneath, but not a name that only begins the same', () => {
  const queues = new Queues(DELAYS);
  queues.add(entry('d/e', 2), 0);
  assert.equal(queues.touched([entry('d', 0)]).length, 1);
  assert.equal(queues.touched([entry('d/e/f', 0)]).length, 1);
  assert.equal(queues.touched([entry('', 0)]).length, 1);
  assert.equal(queues.touched([entry('d/ee', 0)]).length, 0);
});

test('a sequence keeps every event in its order, also what was kept', () => {
  const sequence = new Sequence();
  for (const mask of [256, 2, 8]) sequence.add(entry('f', mask));
  const taken = sequence.take(0, free);
  assert.deepEqual(
    taken.map(({ mask }) => mask),
    [256, 2, 8],
  );
  sequence.add(entry('f', 512));
  sequence.kept(taken.slice(1));
  assert.deepEqual(
    sequence.takeAll(0).map(({ mask }) => mask),
    [2, 8, 512],
  );
});

test('a sequence gives each directory its turn, and keeps the order within it', () => {
  const sequence = new Sequence();
  for (let mask = 1; mask <= 1000; mask++) sequence.add(entry('his/f', mask));
  for (const mask of [1, 2]) sequence.add(entry('hers/f', mask));
  const first = sequence.take(0, free);
  assert.deepEqual(
    first.slice(-3).map(({ path, mask }) => [path, mask]),
    [
      ['his/f', first.length - 2],
      ['hers/f', 1],
      ['hers/f', 2],
    ],
  );
  sequence.kept(first.slice(-4));
  const second = sequence.take(0, (one) => one.path === 'hers/f');
  assert.deepEqual(
    second.slice(0, 3).map(({ path, mask }) => [path, mask]),
    [-3, -2, -1].map((each) => ['his/f', first.length + each]),
  );
  assert.equal(sequence.size, 1002 - first.length + 4 - second.length);
});

test('a path that is held once more loses nothing of what has happened to it', () => {
  const queues = new Queues(DELAYS);
  queues.hold([entry('f', 0x80)], { due: 5000, dueIfChanged: 5000, failing: true });
  queues.hold([entry('f', 0x100, EntryFlag.recursive)], {
    due: 9000,
    dueIfChanged: 9000,
    failing: true,
  });
  assert.deepEqual(paths(queues.take(8999, free)), []);
  assert.deepEqual(queues.take(9000, free), [entry('f', 0x180, EntryFlag.recursive)]);
});

test('a sync does without what is held, but not without the root', () => {
  const queues = new Queues(DELAYS);
  queues.hold([entry('', 4), entry('d', 4)], { due: 5000, dueIfChanged: 5000, failing: true });
  assert.deepEqual(queues.leaveOut([entry('e', 4)]), ['d']);
});

test('a sync does without what is failing, not without what changed under the handler', () => {
  const queues = new Queues(DELAYS);
  queues.hold([entry('failing', 4)], { due: 5000, dueIfChanged: 5000, failing: true });
  queues.hold([entry('changed', 4), entry('changed/below', 4)], {
    due: 5000,
    dueIfChanged: 5000,
    failing: false,
  });
  assert.deepEqual(queues.leaveOut([entry('', 4, EntryFlag.recursive)]), ['failing']);
});

test(
  'very much is taken in portions, with no wait between; what comes meanwhile is lost as ' +
    'little as what waits',
  () => {
    const queues = new Queues(DELAYS);
    const count = 2 * PORTION + 1;
    for (let index = 0; index < count; index++) queues.add(entry(`d/f${index}`, 2), 0);
    const first = queues.take(1000, free);
    assert.deepEqual(
      [first.length, first[0]?.path, queues.goesOn, queues.inHand.size],
      [PORTION, 'd/f0', true, PORTION],
    );
    queues.add(entry('d/f0', 4), 1001);
    queues.add(entry(`d/f${PORTION}`, 4), 1001);
    queues.settled(first);
    assert.equal(queues.nextDue(), 1000, 'the sync delay is for the next sync');
    const second = queues.take(1001, free);
    assert.deepEqual(
      [second.length, second[0]],
      [PORTION, entry(`d/f${PORTION}`, 6)],
      'in their order, merged where they are',
    );
    assert.ok(queues.goesOn);
    queues.kept(second.slice(0, 1), 1002);
    queues.settled(second.slice(1));
    const last = queues.take(1002, free);
    assert.deepEqual(paths(last), [`d/f${PORTION}`, `d/f${count - 1}`, 'd/f0'].sort());
    assert.deepEqual([queues.goesOn, queues.size], [false, 0]);
    queues.add(entry('later', 2), 0);
    assert.equal(queues.nextDue(), 1002 + DELAYS.sync);
  },
);

test('a sync that goes on ends, however fast more comes', () => {
  const queues = new Queues(DELAYS);
  for (let index = 0; index < PORTION + 1; index++) queues.add(entry(`f${index}`, 2), 0);
  assert.equal(queues.take(1000, free).length, PORTION);
  for (let index = 0; index < 3 * PORTION; index++) queues.add(entry(`g${index}`, 2), 1000);
  assert.equal(queues.take(1000, free).length, PORTION);
  assert.equal(queues.goesOn, false);
  assert.equal(queues.nextDue(), 1000 + DELAYS.sync);
});

test('no queue is kept waiting by another that is fuller than one portion', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 });
  for (let index = 0; index < 3 * PORTION; index++) queues.add(entry(`f${index}`, 2), 0);
  queues.add(entry('initial', 2, EntryFlag.initial), 0);
  const first = queues.take(1, free);
  assert.equal(first.length, PORTION);
  assert.ok(first.some(({ path }) => path === 'initial'));
});

test('two queues that are each fuller than one portion share it', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 });
  for (let index = 0; index < PORTION; index++) {
    queues.add(entry(`f${index}`, 2), 0);
    queues.add(entry(`big${index}`, 2, EntryFlag.big), 0);
  }
  const taken = queues.take(1, free);
  const big = taken.filter(({ path }) => path.startsWith('big')).length;
  assert.deepEqual([taken.length, big], [PORTION, PORTION / 2]);
});

test('what failed is tried again in portions', () => {
  const queues = new Queues(DELAYS);
  const failed = Array.from({ length: PORTION + 1 }, (_, index) => entry(`f${index}`, 2));
  queues.hold(failed, { due: 1000, dueIfChanged: 1000, failing: true });
  assert.equal(queues.take(1000, free).length, PORTION);
  assert.equal(queues.size, 1);
});

test('the end takes portions, too', () => {
  for (const backlog of [new Queues(DELAYS), new Sequence()]) {
    for (let index = 0; index < PORTION + 1; index++) backlog.add(entry(`f${index}`, 2), 0);
    let taken = 0;
    do taken += backlog.takeAll(0).length;
    while (backlog.goesOn);
    assert.deepEqual([taken, backlog.size], [PORTION + 1, 0]);
  }
});

test('what goes back after a failure is as old as its change', () => {
  const queues = new Queues(DELAYS);
  queues.add({ ...entry('a', 2), since: 100 }, 100);
  queues.kept(queues.take(1100, free), 9000);
  assert.deepEqual([queues.counts.since, queues.nextDue()], [100, 9000]);
});
