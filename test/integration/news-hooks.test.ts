/** Hooks that are told what was synced, and what fails. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { read, startMirror } from '../harness/running-mirror.js';
import { makeImmutable } from '../harness/immutable.js';
import { needsRoot } from '../harness/user.js';

const HOOK = `#!/bin/sh
paths=$(tr '\\0' ',')
echo "$1 $CLSYNC_STATUS $(cat status) $CLSYNC_HEALTH$CLSYNC_SYNCED $CLSYNC_FAILING $paths" >>told/all
`;

async function start(scope: Parameters<typeof startMirror>[0], ...options: readonly string[]) {
  const hook = HOOK.replace('cat status', 'cat ../status').replace('told/all', '../told/all');
  return startMirror(
    scope,
    [...options, '-lme', '--status-file=status', '--handler-view=host', '--handler-allow=told:rw'],
    {},
    { hook },
    (base) => {
      fs.chmodSync(`${base}/hook`, 0o755);
      fs.mkdirSync(`${base}/told`);
      fs.chmodSync(`${base}/told`, 0o777);
    },
  );
}

test('--sync-hook: once after a sync, with its paths', async (scope) => {
  const { base, daemon } = await start(scope, '--sync-hook=./hook');
  const told = (): string => read(`${base}/told/all`);
  await daemon.until('the first call', () => told() !== '');
  assert.match(told(), /^me (initsync|running) \1 1 0 \.,\n$/);
  fs.writeFileSync(`${base}/source/two words`, '');
  await daemon.until('the second call', () => told().includes('two words,'));
  assert.match(told(), /^me running running 1 0 two words,$/m);
});

test(
  '--failure-hook: when syncs begin to fail, and when they do no more',
  { skip: needsRoot },
  async (scope) => {
    const { base, daemon } = await start(scope, '--failure-hook=./hook');
    const told = (): string => read(`${base}/told/all`);
    const immutable = makeImmutable(scope, `${base}/destination/first`);
    if (immutable === undefined) return scope.skip('this file system has no immutable files');
    fs.writeFileSync(`${base}/source/first`, 'changed');
    await daemon.until('the failure', () => /failing 1/.test(told()));
    immutable.end();
    daemon.signal(16);
    await daemon.until('the recovery', () => /recovered 0/.test(told()));
    assert.equal(told().split('\n').length - 1, 2);
  },
);

test('--failure-hook: when the daemon gives up', { skip: needsRoot }, async (scope) => {
  const { base, daemon } = await start(
    scope,
    '--failure-hook=./hook',
    '--exit-code-policy=23=fatal',
  );
  const immutable = makeImmutable(scope, `${base}/destination/first`);
  if (immutable === undefined) return scope.skip('this file system has no immutable files');
  fs.writeFileSync(`${base}/source/first`, 'changed');
  assert.deepEqual(await daemon.exited, { code: 23, signal: null });
  immutable.end();
  assert.match(read(`${base}/told/all`), /^me .* failing 0 \n$/);
});
