import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FREEZER, endGroup } from '../../../../src/master/sandbox/cgroup-end.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';

/** A directory takes the place of the group. */
test('a group whose files cannot be written ends process by process', async (scope) => {
  const group = temporaryDirectory(scope);
  for (const name of ['cgroup.kill', FREEZER.second.file]) mkdirSync(`${group}/${name}`);
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  atEnd(scope, () => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  writeFileSync(`${group}/cgroup.procs`, `${child.pid}\n`);
  const exited = once(child, 'exit').then((exit) => {
    writeFileSync(`${group}/cgroup.procs`, '');
    return exit;
  });
  await endGroup(group, FREEZER.second, 1000);
  assert.deepEqual(await exited, [null, 'SIGKILL']);
});
