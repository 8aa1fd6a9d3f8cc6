import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { DirtySet } from '../../../../src/watcher/outgoing/dirty-set.js';
import { change, gone, pathsOf, taken, whole } from './support.js';

const UNBOUNDED = { size: Infinity, bytes: Infinity };
const refusal = (path: string, contentOnly = false) => ({ path: fromText(path), contentOnly });

test(
  'a path that changes again is one entry, in its place: what stood there first, what stands ' +
    'there last, since the first',
  () => {
    const set = new DirtySet();
    const consumer = set.consumer();
    set.add(
      change('f', { mask: 0x100, before: ObjectType.absent, flags: EntryFlag.big, since: 5 }),
    );
    set.add(change('g'));
    set.add(change('f', { mask: 0x2, since: 7 }));
    assert.equal(set.size, 2);
    const [f, g] = consumer.take(UNBOUNDED)?.changes ?? [];
    assert.deepEqual(f, change('f', { mask: 0x102, before: ObjectType.absent, since: 5 }));
    assert.equal(g?.path, 'g');
    assert.equal(set.size, 0);
    assert.equal(consumer.take(UNBOUNDED), undefined);
  },
);

test('where an object was moved from is known until something else comes or it goes', () => {
  for (const [last, origin] of [
    [change('f'), 'old'],
    [change('f', { origin: fromText('other') }), 'other'],
    [gone('f'), undefined],
    [change('f', { mask: IN.CREATE }), undefined],
    [change('f', { mask: IN.MOVED_TO }), undefined],
    // What is moved away: the move goes on from where it began.
    [change('f', { mask: IN.MOVED_FROM, after: ObjectType.absent }), 'old'],
  ] as const) {
    const set = new DirtySet();
    const consumer = set.consumer();
    set.add(change('f', { origin: fromText('old') }));
    set.add(last);
    assert.equal(consumer.take(UNBOUNDED)?.changes[0]?.origin, origin);
  }
});

/** The origin of `to` once it has been moved there from `from`, and all of it is taken. */
function originAfter(set: DirtySet, from: string, to: string): string | undefined {
  const consumer = set.consumer();
  const origin = set.originOf(fromText(from), fromText(to));
  set.add(change(from, { mask: IN.MOVED_FROM, after: ObjectType.absent }));
  set.add(
    change(to, {
      mask: IN.MOVED_TO,
      before: ObjectType.absent,
      ...(origin === undefined ? {} : { origin }),
    }),
  );
  return consumer.take(UNBOUNDED)?.changes.find(({ path }) => path === to)?.origin;
}

test('moves not taken are one; what has been taken is where a move begins', () => {
  const moved = (origin: string): Partial<Entry> => ({
    mask: IN.MOVED_TO,
    before: ObjectType.absent,
    origin: fromText(origin),
  });
  const waiting = new DirtySet();
  waiting.consumer();
  waiting.add(change('b', moved('a')));
  assert.equal(originAfter(waiting, 'b', 'c'), 'a', 'nobody was told of b');

  const back = new DirtySet();
  back.consumer();
  back.add(change('b', moved('a')));
  assert.equal(originAfter(back, 'b', 'a'), undefined, 'it is where it was');

  const told = new DirtySet();
  const [consumer] = [told.consumer(), told.consumer()];
  told.add(change('b', moved('a')));
  assert.deepEqual(taken(consumer), ['b']);
  assert.equal(originAfter(told, 'b', 'c'), 'b', 'b was told of');

  const made = new DirtySet();
  made.consumer();
  made.add(change('b', { mask: IN.CREATE, before: ObjectType.absent }));
  assert.equal(originAfter(made, 'b', 'c'), undefined, 'b was new, and nobody was told of it');
});

test('a batch is bounded by items and by bytes, but one item is taken whatever its size', () => {
  const set = new DirtySet();
  const consumer = set.consumer();
  for (const name of ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee']) set.add(change(name));
  assert.deepEqual(taken(consumer, { size: 2, bytes: 100 }), ['aaaa', 'bbbb']);
  assert.deepEqual(taken(consumer, { size: 10, bytes: 9 }), ['cccc', 'dddd']);
  assert.deepEqual(taken(consumer, { size: 10, bytes: 1 }), ['eeee']);
  set.add(change('f', { origin: fromText('nnnn') }));
  set.add(change('g'));
  assert.deepEqual(taken(consumer, { size: 10, bytes: 5 }), ['f']);
});

test('what an ancestor that waits says as well is not told', () => {
  const set = new DirtySet();
  const consumer = set.consumer();
  for (const entry of [whole('d/e'), change('d/e/f'), gone('d/g'), gone('h/i/j'), gone('k/l')])
    set.add(entry);
  for (const entry of [whole('d'), gone('h')]) set.add(entry);
  // A file may have been written with its size and time kept, which a recursive sync would not see.
  assert.deepEqual(taken(consumer), ['d/e/f', 'd/g', 'k/l', 'd/', 'h']);
});

test('refusals are taken before changes, and a refused path is no change', () => {
  const set = new DirtySet();
  const consumer = set.consumer();
  set.add(whole('d'));
  set.add(change('d/secret'));
  set.refuse(refusal('d/secret'));
  set.refuse(refusal('d/another'));
  for (const name of ['d/secret', 'd/another']) {
    // There is room for the change, which is shorter, but none for the other refusal.
    const batch = consumer.take({ size: 10, bytes: 9 });
    assert.deepEqual([batch?.refused, batch?.changes], [[refusal(name)], []]);
  }
  assert.deepEqual(taken(consumer), ['d/']);
});

test('what has changed is refused no longer, nor is what is in a directory that is gone', () => {
  for (const [kind, entry, released] of [
    [refusal('p'), change('p'), true],
    [refusal('p'), whole('p'), true],
    [refusal('p', true), change('p'), false],
    [refusal('p', true), whole('p'), false],
    [refusal('p', true), gone('p'), true],
  ] as const) {
    const set = new DirtySet();
    const consumer = set.consumer();
    set.refuse(kind);
    set.add(entry);
    const batch = consumer.take(UNBOUNDED);
    assert.deepEqual(
      [batch?.refused, batch?.released, batch?.changes],
      released ? [[], ['p'], [entry]] : [[kind], [], [entry]],
    );
  }
});

test('what is released is told even where the change itself is redundant', () => {
  const set = new DirtySet();
  const consumer = set.consumer();
  set.refuse(refusal('d/e'));
  consumer.take(UNBOUNDED);
  set.release(fromText('d/e'));
  set.add(whole('d/e'));
  set.add(whole('d'));
  const batch = consumer.take(UNBOUNDED);
  assert.deepEqual([batch?.released, pathsOf(batch?.changes ?? [])], [['d/e'], ['d/']]);
});

test('nothing is released where nothing was ever refused', () => {
  const set = new DirtySet();
  set.release(fromText('d'));
  assert.equal(set.size, 0);
});

test('a slow consumer holds up no other, and misses nothing', () => {
  const set = new DirtySet();
  const [quick, slow] = [set.consumer(), set.consumer()];
  set.add(change('a', { mask: 0x1 }));
  set.add(change('b'));
  assert.deepEqual(taken(quick), ['a', 'b']);
  assert.deepEqual([quick.size, slow.size], [0, 2]);
  set.add(change('a', { mask: 0x4 }));
  set.add(change('c'));
  assert.deepEqual(taken(quick), ['a', 'c']);
  const changes = slow.take(UNBOUNDED)?.changes ?? [];
  const masks = changes.filter(({ path }) => path === 'a').map(({ mask }) => mask);
  assert.equal(
    masks.reduce((all, mask) => all | mask),
    0x5,
  );
  assert.deepEqual([...new Set(pathsOf(changes))].sort(), ['a', 'b', 'c']);
  assert.equal(set.size, 0);
});

test('a path that changes all the time is taken by a slow consumer in its turn', () => {
  const set = new DirtySet();
  const [quick, slow] = [set.consumer(), set.consumer()];
  set.add(change('hot'));
  for (let i = 0; i < 100; i++) set.add(change(`f${i}`));
  taken(quick);
  set.add(change('hot'));
  taken(quick);
  set.add(change('hot'));
  assert.deepEqual(taken(slow, { size: 1, bytes: 100 }), ['hot']);
});

test('what waits for a stalled consumer is bounded by paths, not by changes', () => {
  const set = new DirtySet();
  const consumers = [set.consumer(), set.consumer(), set.consumer()] as const;
  const [quick, slower] = consumers;
  for (let round = 0; round < 100; round++) {
    for (const name of ['a', 'b']) set.add(change(name, { since: round }));
    set.refuse(refusal('no'));
    taken(quick);
    if (round % 3 === 0) taken(slower, { size: 1, bytes: 100 });
  }
  assert.ok(set.size <= 3 * consumers.length, String(set.size));
  assert.deepEqual([...new Set(taken(slower))].sort(), ['a', 'b']);
  assert.deepEqual([...new Set(taken(consumers[2]))].sort(), ['a', 'b']);
  assert.equal(set.size, 0);
});

test('what is refused is told to none that had yet to take its change', () => {
  const set = new DirtySet();
  const [quick, slow] = [set.consumer(), set.consumer()];
  set.add(change('a'));
  taken(quick);
  set.add(change('a'));
  set.add(change('b'));
  set.refuse(refusal('a'));
  assert.deepEqual([taken(quick), taken(slow)], [['b'], ['b']]);
});

test('an ancestor that this consumer has taken already makes nothing redundant', () => {
  const set = new DirtySet();
  const [quick, slow] = [set.consumer(), set.consumer()];
  set.add(whole('d'));
  taken(quick);
  set.add(whole('d/e'));
  assert.deepEqual(taken(quick), ['d/e/']);
  assert.deepEqual(taken(slow), ['d/', 'd/e/']);
});

for (const isFair of [false, true])
  test(`in whatever order, each consumer takes the last state of each path${isFair ? ', in turn' : ''}`, () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 0x7fffffff) % below;
    const set = new DirtySet(undefined, isFair);
    const consumers = [set.consumer(), set.consumer(), set.consumer()];
    const told = consumers.map(() => new Map<string, number>());
    const last = new Map<string, number>();
    for (let step = 1; step < 20_000; step++) {
      const path = `d${random(5)}/f${random(4)}`;
      if (random(3) > 0) {
        set.add(change(path, { after: ObjectType.file, since: -step }));
        last.set(path, step);
      }
      const who = random(10);
      for (const { path: name, since } of consumers[who]?.take({ size: 1 + random(4), bytes: 99 })
        ?.changes ?? [])
        told[who]?.set(name, Math.max(told[who].get(name) ?? 0, -since));
      assert.ok(set.size <= 20 * consumers.length);
    }
    for (const [who, consumer] of consumers.entries()) {
      for (const { path, since } of consumer.take(UNBOUNDED)?.changes ?? [])
        told[who]?.set(path, Math.max(told[who].get(path) ?? 0, -since));
      assert.deepEqual(told[who], last);
      assert.equal(consumer.size, 0);
    }
    assert.equal(set.size, 0);
  });

test('what waits in one directory of the root holds up no other, nor is its order changed', () => {
  const set = new DirtySet(undefined, true);
  const consumer = set.consumer();
  for (let index = 0; index < 10_000; index++) set.add(change(`a/${index}`));
  for (const path of ['b', 'b/x']) set.add(change(path));
  const { last } = consumer;
  const first = taken(consumer, { size: 100, bytes: Infinity });
  const of = (lane: string): string[] => first.filter((path) => path.startsWith(lane));
  assert.deepEqual(of('b'), ['b', 'b/x']);
  assert.deepEqual(
    of('a'),
    Array.from({ length: 98 }, (_, index) => `a/${index}`),
  );
  assert.equal(consumer.hasTaken(98), true);
  assert.equal(consumer.hasTaken(99), false);
  set.add(change('a/0'));
  assert.equal(taken(consumer).length, 10_002 - 100 + 1);
  assert.deepEqual([consumer.hasTaken(last), consumer.size, set.size], [true, 0, 0]);
});

test('what exchanged its names, looked at together, has the origins of before', () => {
  const set = new DirtySet();
  const consumer = set.consumer();
  const [a, b] = [fromText('a'), fromText('b')];
  const origins = [set.originOf(b, a), set.originOf(a, b)];
  for (const [index, path] of ['a', 'b'].entries())
    set.add(change(path, { mask: IN.MOVED_TO, origin: origins[index] as BytePath }));
  assert.deepEqual(
    consumer.take(UNBOUNDED)?.changes.map(({ origin }) => origin),
    ['b', 'a'],
  );
});
