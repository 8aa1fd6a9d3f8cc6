/** Code injected into the watcher: it can list the watched tree, and nothing else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../src/shared/bytes.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { decideSandbox } from '../../src/master/sandbox/plan.js';
import { launch } from '../unit/launcher-harness.js';
import { settingsFor } from './arena.js';

const script = fileURLToPath(new URL('watcher-inside.js', import.meta.url));

test('the watcher lists its tree and nothing else', { skip: process.getuid?.() === 0 ? false : 'needs root' }, async () => {
  const directory = mkdtempSync('/var/tmp/clsync-watcher-');
  chmodSync(directory, 0o755);
  for (const name of ['watched', 'copy', 'outside']) mkdirSync(`${directory}/${name}`);
  writeFileSync(directory + '/outside/secret', 'secret');
  writeFileSync(directory + '/watched/file', 'x');
  const sandbox = { ...decideSandbox(settingsFor(directory, {})), cgroup: undefined };
  const identity = sandbox.watcher.identity;
  const victim = spawn('/bin/sleep', ['600'], identity === undefined ? {} : { uid: identity.uid, gid: identity.gid });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const words = [directory + '/watched', directory + '/outside/secret', String((server.address() as AddressInfo).port), String(victim.pid)];
    const { leash, ...specification } = specifyRole('watcher', sandbox); // the test holds none
    const launched = launch({ ...specification, descriptors: [0, 1, 2], arguments: [process.execPath, script, ...words].map(fromText) });
    assert.equal(await launched.started, undefined);
    const { list, ...others } = JSON.parse((await launched.ended).output) as Record<string, string>;
    assert.equal(list, 'open');
    assert.equal(Object.keys(others).length, 12);
    assert.deepEqual(Object.entries(others).filter(([, verdict]) => verdict === 'open'), []);
  } finally {
    victim.kill('SIGKILL');
    server.close();
    rmSync(directory, { recursive: true });
  }
});
