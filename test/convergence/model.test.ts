/**
 * Dirty set, backlog and scheduler against a plain model of a file system, without disk and clock.
 * CLSYNC_MODEL_SEED=N repeats one sequence, CLSYNC_MODEL_ROUNDS=N makes so many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords, randomActions, run, shrunk, variantOf } from './model/model-run.js';

const SEED = process.env['CLSYNC_MODEL_SEED'];
const ROUNDS = Number(process.env['CLSYNC_MODEL_ROUNDS'] ?? 5_000);
const LENGTH = 60;

test('after any sequence of changes, losses and failures both sides are equal and at rest', async () => {
  const [first, last] = SEED === undefined ? [1, ROUNDS] : [Number(SEED), Number(SEED)];
  for (let seed = first; seed <= last; seed++) {
    const [actions, variant] = [randomActions(seed, LENGTH), variantOf(seed)];
    if ((await run(actions, variant)) === undefined) continue;
    const few = await shrunk(actions, variant);
    const reason = await run(few, variant);
    assert.fail(`CLSYNC_MODEL_SEED=${seed} ${JSON.stringify(variant)}\n${inWords(few)}\n${reason}`);
  }
});

test('a backlog that forgets what failed is found, by a short sequence', async () => {
  for (let seed = 1; seed < 1000; seed++) {
    const [actions, variant] = [randomActions(seed, LENGTH), { ...variantOf(seed), forgets: true }];
    if ((await run(actions, variant)) === undefined) continue;
    const few = await shrunk(actions, variant);
    assert.ok(few.length < 10, inWords(few));
    return;
  }
  assert.fail('the defect was not found');
});
