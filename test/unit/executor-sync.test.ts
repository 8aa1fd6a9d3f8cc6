import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sync } from '../../src/executor/sync.js';
import type { Entry } from '../../src/shared/entry.js';
import { entry } from './executor-driver.js';

const SITUATION = { status: 'running', iteration: 0, initial: false } as const;

test('a step may settle more paths than a call takes arguments', async () => {
  const entries = Array.from({ length: 200_000 }, (_, index) => entry(`f${index}`, 2));
  const plan = (items: readonly Entry[]) => [{ entries: items, run: () => Promise.resolve(undefined) }];
  const { settled } = await sync({ plan, commands: () => [] }, entries, SITUATION);
  assert.equal(settled.length, entries.length);
});
