/**
 * Whoever has taken over a running process of the daemon makes system calls that it has no use for:
 * they are refused and counted, and the daemon goes on.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { FILES } from '../../src/shared/layout.js';
import type { InstanceStatus } from '../../src/shared/control-status.js';
import { SYSCALLS } from '../../src/shared/seccomp/syscalls.js';
import { Ctl } from '../harness/ctl.js';
import { Mirror } from '../harness/mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const CALLS = ['mount', 'ptrace', 'socket', 'setns', 'memfd_create', 'fork'] as const;
/** What an executor does not start programs for that copy with rsync. */
const NOT_FOR_RSYNC = ['shmget', 'io_setup', 'mq_open', 'semget', 'mlockall', 'mbind'] as const;
/** listmount(2), which is in no list; the numbers of the table go on after it. */
const LISTMOUNT = 458;
/** What the program answers for a call that the kernel does not have. */
const ENOSYS = '-38\n';
const EPERM = '-1\n';

const options = {
  skip: needsRoot || (process.arch === 'x64' ? false : 'the program is for x86-64'),
  timeout: DEADLINE,
};

/** Has a process make a system call; returns what it answers. */
type Inject = (pid: number | undefined, call: number) => string;

function injector(scope: Scope): Inject {
  const inject = join(temporaryDirectory(scope), 'inject');
  execFileSync('cc', [
    ...['-Wall', '-Wextra', '-Werror', '-o', inject],
    join(FILES.root, 'test/attacks/inject.c'),
  ]);
  return (pid, call) => {
    const { stdout, stderr } = spawnSync(inject, [String(pid), String(call)], {
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    return stdout === '' ? stderr : stdout;
  };
}

test(
  'what a process has no use for is refused, and the status counts it',
  options,
  async (scope) => {
    const inject = injector(scope);
    const base = temporaryDirectory(scope);
    fs.writeFileSync(join(base, 'rules'), '+*$\n');
    const mirror = new Mirror(scope, {
      base,
      options: ['-Mmirror', `--socket=${base}/socket`, `--rules-file=${base}/rules`],
    });
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    const monitor = daemon.find(/clsync-monitor$/)?.pid;
    const pids = {
      master: daemon.pid,
      clerk: daemon
        .processes()
        .find(({ parent, command }) => parent === monitor && command.endsWith('clsync-monitor'))
        ?.pid,
      watcher: daemon.find(/roles\/watcher\/main\.js/)?.pid,
      executor: daemon.find(/roles\/executor\/main\.js/)?.pid,
    };
    const all: Record<string, Record<string, number>> = {};
    for (const [role, pid] of Object.entries(pids)) {
      // The clerk forks: who looks at a file that may never answer is a process of its own.
      const calls = CALLS.filter((call) => role !== 'clerk' || call !== 'fork');
      for (const call of calls)
        assert.equal(
          inject(pid, SYSCALLS[call][0]),
          role === 'master' && call === 'fork' ? EPERM : ENOSYS,
          `${role} ${call}`,
        );
      all[role] = Object.fromEntries(calls.map((call) => [call, 1]));
    }
    const ctl = new Ctl(base);
    const told = (): Record<string, unknown> => {
      // The clerk tells of a call when it answers a word, as that which opens the rules.
      daemon.signal('SIGHUP');
      const { status, stdout, stderr } = ctl.ask('status', '--json');
      // On a busy machine it may be the daemon that does not answer in time.
      if (status !== 0) return { status, stderr };
      const { processes } = JSON.parse(stdout) as InstanceStatus;
      return Object.fromEntries(processes.map(({ role, refusedCalls }) => [role, refusedCalls]));
    };
    await daemon.until('all of them in the status', () => isDeepStrictEqual(told(), all), {
      detail: () => JSON.stringify(told()),
    });
    for (const role of Object.keys(pids))
      await daemon.logged(new RegExp(`the ${role} was refused a system call .*: mount\\n`));
    fs.writeFileSync(join(mirror.source, 'afterwards'), 'it goes on');
    await mirror.equal();
  },
);

test(
  'what starts programs may what they may: no call that is in no list',
  options,
  async (scope) => {
    const inject = injector(scope);
    const executors: readonly { options: readonly string[]; refused: readonly number[] }[] = [
      { options: [], refused: NOT_FOR_RSYNC.map((call) => SYSCALLS[call][0]) },
      { options: ['--exit-hook=/bin/true'], refused: [] },
    ];
    for (const { options: words, refused } of executors) {
      const mirror = new Mirror(scope, { options: words });
      const { daemon } = mirror;
      await daemon.logged(/initial sync done/);
      const executor = daemon.find(/roles\/executor\/main\.js/)?.pid;
      for (const call of [LISTMOUNT, ...refused])
        assert.equal(inject(executor, call), ENOSYS, `${words.join(' ')} ${call}`);
      const [mlockall] = SYSCALLS.mlockall;
      assert.equal(inject(executor, mlockall) === ENOSYS, refused.includes(mlockall));
      fs.writeFileSync(join(mirror.source, 'afterwards'), 'it goes on');
      await mirror.equal();
    }
  },
);
