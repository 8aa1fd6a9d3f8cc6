import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Entry } from '../../../../src/shared/entry.js';
import { AT_ONCE } from '../../../../src/executor/lists/in-turns.js';
import { entry } from '../../../harness/entries.js';
import { until } from '../../../harness/until.js';
import { call, make } from './scheduler-harness.js';

/** More waits than is looked at in a turn; every third entry is a name of one inode. */
const COUNT = 3 * AT_ONCE + 1;

function makeFull() {
  let looks = 0;
  const keyOf = ({ path }: Entry): string | undefined => {
    looks++;
    return path === 'first' || Number(path.slice(1)) % 3 === 0 ? 'inode' : undefined;
  };
  const made = make({}, { keyOf });
  made.scheduler.walked();
  const wait = { due: Infinity, dueIfChanged: Infinity, failing: false };
  made.backlog.hold(
    Array.from({ length: COUNT }, (_, index) => entry(`f${index}`, 2)),
    wait,
  );
  return { ...made, looks: () => looks };
}

test('where much waits it is looked at in turns, and no other sync begins meanwhile', async () => {
  const { scheduler, calls, backlog, add, looks } = makeFull();
  add(entry('first', 2));
  for (let before = 0; calls.length === 0;) {
    assert.ok(looks() - before <= AT_ONCE + 1, `${looks() - before} looks in a turn`);
    before = looks();
    assert.ok(scheduler.isBusy);
    add(entry('later', 2));
    await turn();
  }
  const names = (COUNT - 1) / 3 + 1;
  assert.deepEqual([calls.length, calls[0]?.paths.length, looks()], [1, 1 + names, 2 + COUNT]);
  assert.equal(backlog.inHand.size, 1 + names);
  await call(calls, 0);
  await call(calls, 1);
  assert.deepEqual(calls[1]?.paths, ['later']);
});

test('an end meanwhile waits for the sync of what is in hand', async () => {
  const { scheduler, calls, backlog, add } = makeFull();
  add(entry('first', 2));
  assert.equal(calls.length, 0);
  let ended = false;
  const stopped = scheduler.stop().then(() => (ended = true));
  await until('the sync', () => calls.length === 1, { every: 1 });
  assert.equal(ended, false);
  await call(calls, 0);
  await stopped;
  assert.deepEqual([calls.length, backlog.inHand.size], [1, 0]);
  assert.equal(backlog.size, COUNT - (COUNT - 1) / 3 - 1);
});
