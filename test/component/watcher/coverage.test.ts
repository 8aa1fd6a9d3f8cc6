/**
 * Whatever two processes do to a tree: an ideal handler of the watcher's entries ends with the same
 * tree.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import { Shadow } from './shadow.js';
import { scratch, Watched } from './support.js';
import { DEADLINE } from '../../harness/until.js';

const WRITER = fileURLToPath(new URL('../../convergence/writer.js', import.meta.url));
const SEEDS = (process.env['SEEDS'] ?? '1,2,3').split(',').map(Number);
const SECONDS = process.env['SECONDS'] ?? '2';

async function write(root: string, outside: string, seed: number, stream: number): Promise<void> {
  const child = spawn(
    process.execPath,
    [WRITER, root, outside, String(seed), String(stream), SECONDS],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
}

for (const seed of SEEDS) {
  test(`every change is sent, seed ${seed}`, { timeout: DEADLINE }, async () => {
    using directory = scratch();
    const root = `${directory.path}/root`;
    const outside = `${directory.path}/outside`;
    mkdirSync(root);
    mkdirSync(outside);
    const shadow = new Shadow(fromText(root));
    using watched = new Watched(root);
    watched.onBatch = (entries) => shadow.apply(entries);
    await Promise.all([write(root, outside, seed, 0), write(root, outside, seed, 1)]);
    await watched.quiet();
    assert.notEqual(readdirSync(root).length, 0);
    assert.deepEqual(shadow.differences(), []);
  });
}
