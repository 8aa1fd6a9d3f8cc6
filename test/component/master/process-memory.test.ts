import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { memoryOf } from '../../../src/master/surface/status.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';

test("a role's memory is not that of its launcher, before it begins or after it", async (scope) => {
  // A shell under the launcher's name, which starts a program when it is told to.
  const path = `${temporaryDirectory(scope)}/clsync-launch`;
  symlinkSync('/bin/sh', path);
  const words = ['-c', 'echo up; read -r _; sleep 1000 & wait'];
  const launcher = spawn(path, words, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const { pid = 0, stdin, stdout } = launcher;
  scope.after(() => process.kill(-pid, 'SIGKILL'));
  await once(stdout, 'data');
  assert.equal(memoryOf(pid), undefined);
  stdin.write('\n');
  await until('the program', () => (memoryOf(pid) ?? 0) > 0, { every: 5 });
  assert.ok((memoryOf(process.pid) ?? 0) > 2 ** 24);
  assert.equal(memoryOf(2 ** 30), undefined);
});
