/** -b: the command returns, the daemon goes on in a session of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';
import { read } from '../harness/running-mirror.js';

/** Of the daemon, which is killed at the end of the test if it still runs. */
function pidIn(scope: TestContext, base: string): number {
  const pid = Number(read(`${base}/pid`));
  assert.ok(pid > 1, `the pid file has ${pid}`);
  scope.after(() => {
    if (fs.existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

test('-b returns when the tree is watched; the daemon has its own session', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  fs.writeFileSync(`${base}/source/first`, '');
  const words = ['-Mrsyncdirect', '-Wsource', '-Ddestination', '-t0', '-w0', '-zpid', '-b', '-q'];
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  // Not to a pipe: the daemon would keep it open, and spawnSync waits for its end.
  const { status } = spawnSync(program, [...rest, ...words], {
    cwd: base,
    stdio: 'ignore',
    timeout: PATIENCE,
  });
  assert.equal(status, 0);
  const pid = pidIn(scope, base);
  assert.equal(
    Number(
      read(`/proc/${pid}/stat`)
        .replace(/^.*\) /, '')
        .split(' ')[3],
    ),
    pid,
    'session',
  );
  fs.writeFileSync(`${base}/source/second`, '');
  await until('the file to arrive', () => fs.existsSync(`${base}/destination/second`));
  process.kill(pid, 'SIGTERM');
  await until('the end', () => !fs.existsSync(`/proc/${pid}`));
});

test('directories and labels may be any bytes, also in the background', async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, destination] = [
    Buffer.from(`${base}/s\xff"\n x`, 'latin1'),
    Buffer.from(`${base}/d\xfe;x`, 'latin1'),
  ];
  fs.mkdirSync(source);
  fs.mkdirSync(destination);
  fs.writeFileSync(Buffer.concat([source, Buffer.from('/first')]), '');
  // Node passes only UTF-8 to child processes, so the shell's printf makes the other bytes.
  const script =
    `exec "$@" -b -q -zpid -Mrsyncdirect -W "$(printf 's\\377"\\n x')" -D "$(printf ` +
    `'d\\376;x')" -l "$(printf '\\377')"`;
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', ...commandOf('clsync')], {
    cwd: base,
    stdio: 'ignore',
    timeout: PATIENCE,
  });
  assert.equal(status, 0);
  const pid = pidIn(scope, base);
  await until('the file to arrive', () =>
    fs.existsSync(Buffer.concat([destination, Buffer.from('/first')])),
  );
  process.kill(pid, 'SIGTERM');
  await until('the end', () => !fs.existsSync(`/proc/${pid}`));
});

test('-b reports a failing start and returns its exit status', () => {
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const { status, stderr } = spawnSync(
    program,
    [...rest, '-b', '-Mrsyncdirect', '-W/proc/absent'],
    { encoding: 'utf8', timeout: PATIENCE },
  );
  assert.equal(
    stderr,
    'error: --watch-dir: /proc/absent does not exist: make it, or name another\n',
  );
  assert.equal(status, 2);
});
