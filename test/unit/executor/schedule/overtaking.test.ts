import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT_ONCE } from '../../../../src/executor/lists/in-turns.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';
import { call, make } from './scheduler-harness.js';
import { until } from '../../../harness/until.js';

const OVERTAKES = { overtakes: true } as const;
const MANY = Array.from({ length: 9 }, (_, index) => entry(`a/${index}`, 2));
const count = async (calls: readonly unknown[], number: number): Promise<void> =>
  until(`${number} calls`, () => calls.length === number, { every: 1 });

test('what changes elsewhere is synced beside a sync that takes long', async () => {
  const { scheduler, calls, add } = make({}, OVERTAKES);
  scheduler.walked();
  add(...MANY);
  add(entry('b/x', 2), entry('a/late', 2));
  await count(calls, 2);
  assert.deepEqual(calls[1]?.paths, ['b/x']);
  add(entry('c/x', 2));
  await call(calls, 1);
  await count(calls, 3);
  assert.deepEqual(calls[2]?.paths, ['c/x'], 'no third one beside them');
  await call(calls, 2);
  await call(calls, 0);
  await until('the rest', () => calls[3]?.paths.includes('a/late') === true, { every: 1 });
  await call(calls, 3);
  await scheduler.stop();
});

test('names that must be in one call, and what is in the root, wait for the next', async () => {
  const keyOf = ({ path }: { path: string }): string | undefined =>
    path === 'b/linked' ? 'inode' : undefined;
  const { scheduler, calls, add } = make({}, { ...OVERTAKES, keyOf });
  scheduler.walked();
  add(...MANY);
  add(entry('b/linked', 2), entry('', 2), entry('c/x', 2));
  await count(calls, 2);
  assert.deepEqual(calls[1]?.paths, ['c/x']);
  await call(calls, 1);
  await call(calls, 0);
  await until('the rest', () => calls[2]?.paths.includes('b/linked') === true, { every: 1 });
  await call(calls, 2);
  await scheduler.stop();
});

test('what is due elsewhere does not wait until all of a sync is gathered', async () => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let looks = 0;
  // As long as it takes where a directory is changed all the time.
  const keyOf = (item: Entry): undefined => {
    if (item.path.startsWith('a/') && ++looks > 0) Atomics.wait(cell, 0, 0, 1);
  };
  const { scheduler, calls, add, backlog } = make({}, { ...OVERTAKES, keyOf });
  scheduler.walked();
  backlog.hold([entry('held', 2)], { due: Infinity, dueIfChanged: Infinity, failing: false });
  add(...Array.from({ length: 2 * AT_ONCE }, (_, index) => entry(`a/${index}`, 2)));
  add(entry('b/x', 2));
  await count(calls, 1);
  assert.deepEqual(calls[0]?.paths, ['b/x']);
  assert.ok(looks < 2 * AT_ONCE, `${looks} looks`);
  await call(calls, 1);
  await call(calls, 0);
  await scheduler.stop();
});

test('nor is anything else needed than time', async () => {
  let wanted = 0;
  const { scheduler, calls, add } = make({}, OVERTAKES, true, () => wanted++);
  scheduler.walked();
  add(...MANY);
  await count(calls, 1);
  await until('it is asked for', () => wanted > 0, { every: 10 });
  await call(calls, 0);
  await scheduler.stop();
});

for (const [changes, mode, whole] of [
  [{}, {}, false],
  [{ maxIterations: 9 }, OVERTAKES, false],
  [{}, OVERTAKES, true],
] as const)
  test(`one at a time: ${JSON.stringify([changes, mode, whole])}`, async () => {
    const { scheduler, calls, add, backlog } = make(changes, mode);
    scheduler.walked();
    add(...(whole ? [entry('', 2, EntryFlag.recursive)] : MANY));
    await count(calls, 1);
    const began = performance.now();
    add(entry('b/x', 2));
    await until('long enough', () => performance.now() - began > 700, { every: 50 });
    scheduler.wake();
    assert.deepEqual([calls.length, backlog.size], [1, 1]);
    await call(calls, 0);
    await call(calls, 1);
    await scheduler.stop();
  });
