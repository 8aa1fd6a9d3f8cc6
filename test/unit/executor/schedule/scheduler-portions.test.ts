/** A queue too full to be synced at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../../src/shared/settings.js';
import { PORTION } from '../../../../src/executor/schedule/queues.js';
import { entry } from '../../../harness/entries.js';
import { until } from '../../../harness/until.js';
import { call, failure, make } from './scheduler-harness.js';

/** Milliseconds: longer than what little is left takes. */
const MOMENT = 100;

/** With three portions waiting, the first in hand. */
function makeFull(changes: Partial<ExecutorSettings> = {}) {
  const made = make(changes);
  for (let index = 0; index < 2 * PORTION + 1; index++) made.backlog.add(entry(`f${index}`, 2), 0);
  made.scheduler.walked();
  return made;
}

test('very much is synced portion by portion, as one iteration', async () => {
  const { calls, over, backlog } = makeFull({ maxIterations: 1 });
  for (const index of [0, 1]) await call(calls, index);
  assert.deepEqual(over, []);
  await call(calls, 2);
  assert.deepEqual(over, [[0, '']]);
  assert.equal(new Set(calls.flatMap(({ paths }) => paths)).size, 2 * PORTION + 1);
  assert.deepEqual([backlog.size, backlog.inHand.size], [0, 0]);
});

test('an event loop turn lies between taking very much and calling the handler', async () => {
  const { calls, backlog } = makeFull();
  assert.deepEqual([calls.length, backlog.inHand.size], [0, PORTION]);
  await call(calls, 0);
});

test('an end between portions begins no other; what is pending is, and loses nothing', async () => {
  const { scheduler, calls, backlog, add } = makeFull();
  const stopped = scheduler.stop();
  add(entry('f0', 4), entry(`f${PORTION}`, 4));
  await call(calls, 0);
  await stopped;
  assert.equal(calls.length, 1);
  assert.deepEqual([backlog.size, backlog.inHand.size], [PORTION + 2, 0]);
  const last = scheduler.last();
  for (const index of [1, 2]) await call(calls, index);
  assert.equal(await last, undefined);
  const rest = calls.slice(1).flatMap(({ paths }) => paths);
  assert.deepEqual(
    [rest.length, new Set(rest).size, rest.at(-1)],
    [PORTION + 2, PORTION + 2, 'f0'],
  );
});

test('a handler that does not work is given no further portion at the end', async () => {
  const { scheduler, calls, backlog } = makeFull();
  const stopped = scheduler.stop();
  await call(calls, 0);
  await stopped;
  const last = scheduler.last();
  await call(calls, 1, failure);
  assert.equal(await last, failure);
  assert.deepEqual([calls.length, backlog.size], [2, PORTION + 1]);
});

test('an event loop turn lies between telling of very much and settling it', async () => {
  const { calls, backlog, onSynced } = makeFull();
  const inHand: (string | undefined)[] = [];
  onSynced(() => setImmediate(() => inHand.push([...backlog.inHand][0]?.path)));
  await call(calls, 0);
  assert.deepEqual(inHand, ['f0']);
});

test('an initial sync of very much is told as done once, in the time of all of it', async () => {
  const { scheduler, calls, synced, times, backlog } = make();
  for (let index = 0; index < PORTION + 1; index++)
    backlog.add(entry(`f${index}`, 2, EntryFlag.initial), 0);
  scheduler.walked();
  await until('the first portion', () => calls.length > 0, { every: 1 });
  const began = performance.now();
  await until('a moment', () => performance.now() - began > MOMENT, { every: 1 });
  await call(calls, 0);
  assert.deepEqual([synced, scheduler.initialDone], [[[PORTION, false]], false]);
  await call(calls, 1);
  assert.deepEqual([synced[1], scheduler.initialDone], [[1, true], true]);
  assert.ok((times[1] ?? 0) >= MOMENT, `${times[1]} ms`);
});
