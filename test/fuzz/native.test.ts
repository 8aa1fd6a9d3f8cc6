/**
 * Feeds every decoder written in C with changed inputs for a short time; `make soak` takes longer.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { buildTargets, fuzzNative, NATIVE_TARGETS, needsLibFuzzer } from './native.js';
import { DEADLINE } from '../harness/until.js';

const SECONDS = 5;
/** The least number of edges: with fewer, the target does not reach the code it is for. */
const EDGES = { queue: 100, rows: 40, specification: 500, host: 150, monitor: 250 };
const skip = needsLibFuzzer();

let directory: string;

before(() => {
  directory = mkdtempSync('/tmp/clsync-fuzz-');
  if (skip === false) buildTargets(directory);
});
after(() => rmSync(directory, { recursive: true, force: true }));

for (const target of NATIVE_TARGETS) {
  test(`${target}: refused or understood`, { skip, timeout: DEADLINE }, (t) => {
    const { inputs, corpus, covered } = fuzzNative(target, {
      directory,
      seconds: SECONDS,
      seed: 1,
    });
    t.diagnostic(`${inputs} inputs, ${corpus} of them kept, ${covered} edges`);
    assert.ok(inputs > 1000 && covered > EDGES[target], `${inputs} inputs, ${covered} edges`);
  });
}
