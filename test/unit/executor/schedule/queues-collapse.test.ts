import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';

const files = (directory: string, count: number) =>
  Array.from({ length: count }, (_, index) => entry(`${directory}/f${index}`, 4));

test('a queue is bounded where directories may stand for names, and nowhere else', () => {
  for (const [collapses, size] of [
    [true, 1],
    [false, 100_000],
  ] as const) {
    const queues = new Queues(
      { normal: 1000, big: 1000, sync: 0 },
      EntryFlag.initial,
      undefined,
      collapses,
    );
    for (const one of files('a', 100_000)) queues.add(one, 0);
    assert.ok(queues.size >= size && queues.size <= Math.max(size, 33_000), String(queues.size));
    assert.ok(queues.touched([entry('a/f99999', 4)]).length === 1);
  }
});

test('what fails again and again while more changes is bounded, too', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 }, EntryFlag.initial, undefined, true);
  const free = (): boolean => false;
  for (let sync = 0; sync < 20; sync++) {
    for (const one of files(`d${sync}`, 10_000)) queues.add(one, sync);
    queues.kept(queues.take(sync, free), sync);
    assert.ok(queues.size <= 33_000 + 32_768, String(queues.size));
  }
  for (let sync = 0; sync < 20; sync++)
    assert.equal(queues.touched([entry(`d${sync}/f9999`, 4)]).length, 1);
});
