/**
 * Feeds every decoder written in TypeScript with changed inputs for a short time; `make soak` takes
 * longer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.js';
import { TARGETS } from './targets.js';
import { DEADLINE } from '../harness/until.js';

const MILLISECONDS = 1500;

for (const target of TARGETS) {
  test(`${target.name}: refused or understood`, { timeout: DEADLINE }, async (t) => {
    const { inputs, corpus } = await fuzz(target, 1, MILLISECONDS);
    t.diagnostic(`${inputs} inputs, ${corpus} of them kept`);
    assert.ok(inputs > 10); // on a busy machine
  });
}
