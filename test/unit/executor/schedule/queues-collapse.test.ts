import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collapse } from '../../../../src/shared/collapse.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import { entry } from '../../../component/executor/driver.js';

const files = (directory: string, count: number) =>
  Array.from({ length: count }, (_, index) => entry(`${directory}/f${index}`, 4));
const told = (entries: ReturnType<typeof collapse>): string[] =>
  entries.map(({ path, flags }) => path + (flags & EntryFlag.recursive ? '/' : '')).sort();

test('directories stand for what is in them, those with the most first', () => {
  assert.deepEqual(
    told(collapse([...files('a/many', 1000), ...files('b', 3), entry('c', 4)], 100)),
    ['a/many/', 'b/f0', 'b/f1', 'b/f2', 'c'],
  );
  assert.deepEqual(
    told(collapse([...files('a', 300), entry('a/d/e', 4), entry('a', 4)], 100)),
    ['a/'],
    'what lies in one is not named besides',
  );
  const spread = Array.from({ length: 3000 }, (_, index) => files(`d${index}`, 2)).flat();
  assert.deepEqual(told(collapse(spread, 100)), ['/'], 'in the end the whole tree');
});

test('what was done to any of them is said of the directory', () => {
  const [whole] = collapse([...files('a', 300), { ...entry('a/moved', 0x80) }], 100);
  assert.equal((whole?.mask ?? 0) & 0x84, 0x84);
});

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
