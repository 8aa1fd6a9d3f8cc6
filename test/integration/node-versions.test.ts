/** Differences between the versions of Node. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { descriptorsOf } from '../harness/processes.js';
import { commandOf, copyInstallation } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import { PATIENCE } from '../harness/until.js';

// Only root can list the descriptors of sealed processes.
test(
  'no process of a daemon holds an io_uring, and the master keeps the descriptors of its starter',
  { skip: needsRoot },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination, rules] = [
      subdirectory(base, 'source'),
      subdirectory(base, 'destination'),
      `${base}/rules`,
    ];
    writeFileSync(rules, '-f\\.o$\n');
    for (const name of ['a.o', 'a.c']) writeFileSync(`${source}/${name}`, name);
    const words = [
      ...commandOf('clsync'),
      '-Mrsyncdirect',
      '-t0',
      '-w0',
      `-W${source}`,
      `-D${destination}`,
      '--rules-file=/dev/fd/3',
    ];
    // The environment asks for the second ring that Node can have.
    const daemon = new Daemon(scope, ['/bin/sh', '-c', 'exec "$@" 3<"$0"', rules, ...words], {
      environment: { ...process.env, UV_USE_IO_URING: '1' },
    });
    await daemon.logged(/initial sync done/);
    assert.deepEqual(readdirSync(destination), ['a.c']);
    const pids = [daemon.pid, ...daemon.processes().map(({ pid }) => pid)];
    const targets = pids.flatMap((pid) => [...descriptorsOf(pid).values()]);
    assert.notEqual(targets.length, 0);
    assert.deepEqual(
      targets.filter((target) => target.includes('io_uring')),
      [],
    );
    // What this Node calls has a row in src/shared/seccomp.
    assert.doesNotMatch(daemon.stderr, /was refused a system call/);
  },
);

test('an addon for another Node is one line with the command to run; nothing starts', (scope) => {
  const base = temporaryDirectory(scope);
  const [source, destination, installed] = [
    subdirectory(base, 'source'),
    subdirectory(base, 'destination'),
    subdirectory(base, 'installed'),
  ];
  writeFileSync(`${source}/file`, '');
  copyInstallation(installed, 'posix');
  writeFileSync(`${installed}/node_modules/posix/build/Release/posix.node`, 'of another Node');
  const run = (
    ...words: readonly string[]
  ): { readonly status: number | null; readonly stderr: string; readonly stdout: string } =>
    spawnSync(process.execPath, [`${installed}/dist/roles/master/main.js`, ...words], {
      cwd: base,
      encoding: 'utf8',
      timeout: PATIENCE,
    });
  const line = new RegExp(
    '^error: Node\\.js v\\S+ cannot load the package posix.*: run "npm rebuild --prefix ' +
      `${installed} posix", or install clsync again\n$`,
  );
  for (const words of [['-zpid'], ['--background']]) {
    const { status, stderr } = run(
      '-Mrsyncdirect',
      `-W${source}`,
      `-D${destination}`,
      '-zpid',
      ...words,
    );
    assert.match(stderr, line);
    assert.equal(status, 71);
    assert.deepEqual(
      [readdirSync(base), readdirSync(destination)],
      [['destination', 'installed', 'source'], []],
    );
  }
  // Commands that do not need the addon work.
  assert.match(run('--version').stdout, /clsync/);
});
