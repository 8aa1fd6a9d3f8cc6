/**
 * Handlers in the host's pid namespace (--compat, --handler-view=host): process numbers are the
 * host's, and all processes still end with the daemon.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsControlGroups } from '../harness/offers.js';
import { describeProcesses, killAll } from '../harness/processes.js';
import { commandOf } from '../harness/programs.js';
import { ownSleep, sleepers } from '../harness/sleepers.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { ORDINARY_USER, needsRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };

class Trial {
  readonly base: string;

  constructor(
    private readonly scope: Scope,
    private readonly user?: User,
  ) {
    this.base = temporaryDirectory(scope, user);
    for (const name of ['source', 'copy']) subdirectory(this.base, name, user);
    writeFileSync(this.base + '/source/file', 'x');
  }

  script(name: string, text: string): string {
    writeFileSync(`${this.base}/${name}`, `#!/bin/sh\n${text}`, { mode: 0o755 });
    return `${this.base}/${name}`;
  }

  start(...words: readonly string[]): Daemon {
    const { base, user } = this;
    return new Daemon(
      this.scope,
      [
        ...commandOf('clsync'),
        '-H/NULL/',
        '-Mdirect',
        '-W',
        base + '/source',
        '-D',
        base + '/copy',
        ...words,
      ],
      { user },
    );
  }

  read(name: string): string {
    return existsSync(this.base + name) ? readFileSync(this.base + name, 'latin1') : '';
  }
}

for (const option of ['--compat', '--handler-view=host']) {
  for (const [who, user] of [
    ['the invoking user', undefined],
    ['an ordinary user', ORDINARY_USER],
  ] as const) {
    test(
      `${option}, as ${who}: a handler's number is the host's`,
      { ...LIMIT, skip: user !== undefined && needsRoot },
      async (scope) => {
        const trial = new Trial(scope, user);
        const daemon = trial.start(
          option,
          '-S',
          trial.script('handler', `echo $$ >${trial.base}/copy/pid\nexec sleep 86021\n`),
        );
        await daemon.until('the handler', () => trial.read('/copy/pid') !== '');
        await daemon.until(
          'sleep',
          () =>
            readFileSync(`/proc/${trial.read('/copy/pid').trim()}/cmdline`, 'latin1') ===
            'sleep\x0086021\0',
        );
        assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
        await daemon.gone(trial.base);
      },
    );
  }
}

test(
  '--compat: a hook reaches the process of a pid file',
  { ...LIMIT, skip: needsRoot },
  async (scope) => {
    const trial = new Trial(scope);
    const service = spawn('sleep', ['86022'], { stdio: 'ignore', uid: ORDINARY_USER.uid });
    atEnd(scope, () => void service.kill('SIGKILL'));
    const ended = once(service, 'exit');
    writeFileSync(trial.base + '/service.pid', `${service.pid}\n`);
    const hook = trial.script('hook', `kill "$(cat ${trial.base}/service.pid)"\n`);
    const daemon = trial.start(
      '--compat',
      '-S',
      '/bin/true',
      '--exit-hook',
      hook,
      '--only-initialsync',
    );
    assert.equal((await daemon.exited).code, 0, daemon.stderr);
    assert.deepEqual(await ended, [null, 'SIGTERM']);
  },
);

/**
 * Two processes that try to get away: orphans in sessions of their own, one of them with another
 * uid.
 */
const ESCAPE = (seconds: string): string =>
  `(setsid sleep ${seconds} &)\n(setpriv --reuid 5 --clear-groups setsid sleep ${seconds} &)\n`;

for (const [how, end] of [
  ['KILL of the master', 'SIGKILL'],
  ['TERM', 'SIGTERM'],
] as const) {
  test(
    `--compat: ${how} leaves no process of a handler, also with other sessions and ids`,
    { ...LIMIT, skip: needsRoot },
    async (scope) => {
      const trial = new Trial(scope);
      const seconds = ownSleep();
      atEnd(scope, () => killAll(sleepers(seconds)));
      const daemon = trial.start('--compat', '-S', trial.script('handler', ESCAPE(seconds)));
      await daemon.until('both', () => sleepers(seconds).length === 2);
      await daemon.stop(end);
      await until('the end of both', () => sleepers(seconds).length === 0, {
        detail: () => describeProcesses(sleepers(seconds)),
      });
      await daemon.gone(trial.base);
    },
  );
}

test(
  '--compat: processes that outlive a killed keeper end with the control group',
  { ...LIMIT, skip: needsRoot || needsControlGroups() },
  async (scope) => {
    const trial = new Trial(scope);
    const seconds = ownSleep();
    atEnd(scope, () => killAll(sleepers(seconds)));
    // The keeper is the parent of the executor, which is the parent of the handler.
    const handler = trial.script(
      'handler',
      `[ -e ${trial.base}/copy/once ] && exit 0\n>${trial.base}/copy/once\n${ESCAPE(seconds)}` +
        `kill -9 "$(awk '{print $4}' /proc/$PPID/stat)"\nsleep 86026\n`,
    );
    const daemon = trial.start('--compat', '-S', handler);
    await daemon.logged(/starting again/);
    await daemon.until('the end of both', () => sleepers(seconds).length === 0, {
      detail: () => describeProcesses(sleepers(seconds)),
    });
    await daemon.until('the next executor', () => daemon.find(/executor\/main\.js/) !== undefined);
    await daemon.stop();
  },
);

test(
  '--handler-view=host, as an ordinary user: a handler can end neither the daemon nor its keeper',
  { ...LIMIT, skip: needsRoot },
  async (scope) => {
    const trial = new Trial(scope, ORDINARY_USER);
    const handler = trial.script(
      'handler',
      `keeper=$(awk '{print $4}' /proc/$PPID/stat); master=$(awk '{print $4}' ` +
        '/proc/$keeper/stat)\n' +
        'for p in $PPID $keeper $master -$master; do kill -9 $p 2>/dev/null; echo $?; done ' +
        `>${trial.base}/copy/answers\n`,
    );
    const daemon = trial.start('--handler-view=host', '-S', handler);
    await daemon.until('the answers', () => trial.read('/copy/answers') === '1\n1\n1\n1\n');
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  },
);
