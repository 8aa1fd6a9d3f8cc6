import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';
import { call, make } from './scheduler-harness.js';

test('names of an inode that come one by one are synced with an earlier one that is still there', async () => {
  const gone = new Set<string>();
  const { scheduler, calls, add } = make(
    {},
    { keyOf: ({ path }: Entry) => (path === 'other' || gone.has(path) ? undefined : 'inode') },
  );
  scheduler.walked();
  add(entry('a', 2));
  await call(calls, 0);
  add(entry('b', 2));
  await call(calls, 1);
  gone.add('b');
  add(entry('other', 2), entry('c', 2));
  await call(calls, 2);
  add(entry('a', 2), entry('c', 2));
  await call(calls, 3);
  assert.deepEqual(
    calls.map(({ paths }) => paths.sort()),
    [['a'], ['a', 'b'], ['a', 'c', 'other'], ['a', 'c']],
  );
});
