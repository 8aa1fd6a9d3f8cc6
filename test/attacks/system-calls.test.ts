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
import { DEADLINE, PATIENCE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const CALLS = ['mount', 'ptrace', 'socket', 'setns', 'memfd_create', 'fork'] as const;
/** What the program answers for a call that the kernel does not have. */
const ENOSYS = '-38\n';
const EPERM = '-1\n';

const skip = needsRoot || (process.arch === 'x64' ? false : 'the program is for x86-64');

test(
  'what a process has no use for is refused, and the status counts it',
  {
    skip,
    timeout: DEADLINE,
  },
  async (scope) => {
    const inject = join(temporaryDirectory(scope), 'inject');
    execFileSync('cc', [
      ...['-Wall', '-Wextra', '-Werror', '-o', inject],
      join(FILES.root, 'test/attacks/inject.c'),
    ]);
    const base = temporaryDirectory(scope);
    const mirror = new Mirror(scope, { base, options: ['-Mmirror', `--socket=${base}/socket`] });
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    const pids = {
      master: daemon.pid,
      watcher: daemon.find(/roles\/watcher\/main\.js/)?.pid,
      executor: daemon.find(/roles\/executor\/main\.js/)?.pid,
    };
    for (const [role, pid] of Object.entries(pids))
      for (const call of CALLS) {
        const { stdout, stderr } = spawnSync(inject, [String(pid), String(SYSCALLS[call][0])], {
          encoding: 'utf8',
          timeout: PATIENCE,
        });
        assert.equal(
          stdout,
          role === 'master' && call === 'fork' ? EPERM : ENOSYS,
          `${role} ${call}: ${stderr}`,
        );
      }
    const refused = Object.fromEntries(CALLS.map((call) => [call, 1]));
    const ctl = new Ctl(base);
    const told = (): Record<string, unknown> => {
      const { status, stdout, stderr } = ctl.ask('status', '--json');
      // On a busy machine it may be the daemon that does not answer in time.
      if (status !== 0) return { status, stderr };
      const { processes } = JSON.parse(stdout) as InstanceStatus;
      return Object.fromEntries(processes.map(({ role, refusedCalls }) => [role, refusedCalls]));
    };
    const all = { master: refused, watcher: refused, executor: refused };
    await daemon.until('all of them in the status', () => isDeepStrictEqual(told(), all), {
      detail: () => JSON.stringify(told()),
    });
    for (const role of Object.keys(pids))
      await daemon.logged(new RegExp(`the ${role} was refused a system call .*: mount\\n`));
    fs.writeFileSync(join(mirror.source, 'afterwards'), 'it goes on');
    await mirror.equal();
  },
);
