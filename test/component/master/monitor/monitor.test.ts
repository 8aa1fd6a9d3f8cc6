import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { BareMonitor, NOTHING } from '../../../harness/bare-monitor.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';

/** A directory takes the place of the group. */
test('a group whose files cannot be written ends process by process', async (scope) => {
  const group = temporaryDirectory(scope);
  for (const name of ['cgroup.kill', 'cgroup.freeze']) mkdirSync(`${group}/${name}`);
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  atEnd(scope, () => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeFileSync(`${group}/cgroup.procs`, `${child.pid}\n`);
  const exited = once(child, 'exit').then((exit) => {
    writeFileSync(`${group}/cgroup.procs`, '');
    return exit;
  });
  const cgroup = { rows: [], ended: { path: group, version: 2 }, groups: [] } as const;
  const monitor = new BareMonitor(scope, { ...NOTHING, cgroup });
  assert.deepEqual((await monitor.ask('end'))?.fault, undefined);
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  assert.equal(await monitor.exited, 0);
});

test('what is malformed is not frozen', async (scope) => {
  for (const bytes of [Buffer.alloc(8), Buffer.from('CLM1\x04\0\0\0....', 'latin1')])
    assert.equal(await new BareMonitor(scope, bytes).exited, 1);
});
