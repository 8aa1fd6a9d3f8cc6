/**
 * Who may connect to the control socket of root's daemon is not root: he must not read or make
 * files with root's rights through it, nor keep root from it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { native } from '../../src/shared/native.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { as, needsRoot, ORDINARY_USER } from '../harness/user.js';
import type { User } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE, skip: needsRoot };
const GROUP = 65_532;
const OWNER = ORDINARY_USER;
const MEMBER: User = { name: 'a member of the group', uid: 65_533, gid: GROUP };
const STRANGER: User = { name: 'a stranger', uid: 65_534, gid: 65_534 };

class Trial {
  readonly base: string;
  readonly daemon: Daemon;

  constructor(scope: Scope, ...options: readonly string[]) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(this.base + '/secret', 'secret', { mode: 0o600 });
    fs.writeFileSync(this.base + '/rules5', '+*\n');
    this.daemon = new Daemon(
      scope,
      [
        ...[...commandOf('clsync'), '-H/NULL/', '-Mrsyncdirect', '-t0', '-w0'],
        ...['-W', this.base + '/source', '-D', this.base + '/copy', '--socket=socket'],
        ...[`--socket-own=${OWNER.uid}:${GROUP}`, '--socket-mod=666', ...options],
      ],
      { cwd: this.base },
    );
  }

  async started(): Promise<void> {
    await this.daemon.logged(/initial sync/);
  }

  connect(user?: User): Socket {
    return as(user, () => createConnection(join(this.base, 'socket'))).on('error', () => undefined);
  }

  /** The answer to one command, without the greeting; empty when it is not let in. */
  async ask(user: User | undefined, command: string): Promise<string> {
    const socket = this.connect(user);
    socket.write(`1 ${command}\n`);
    let text = '';
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1');
      if (text.split('\n').length > 2) break;
    }
    return text.slice(text.indexOf('\n') + 1);
  }
}

test(
  'no file is read, and no directory made, with rights that the asker lacks',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope, '-r5', '-Rrules%retries%');
    await trial.started();
    const { base } = trial;
    for (const command of [
      `211 rules-file ${base}/secret`,
      `211 dump-dir ${base}/other`,
      // which the path of the rules holds
      '211 retries 7',
      `202 ${base}/dump`,
    ]) {
      const answer = await trial.ask(OWNER, command);
      assert.match(answer, /^1 164 .* Permission denied: /, command);
      assert.doesNotMatch(answer, /"secret"/);
    }
    assert.equal(fs.existsSync(base + '/dump'), false);
    assert.match(await trial.ask(OWNER, '211 delay-sync 1'), /^1 311 /);
    // Once it runs, the master has a uid of its own.
    assert.match(await trial.ask(undefined, `202 ${base}/dump`), /permission denied/);
    // Nor does it read what every user may; a dump it makes where every user may.
    const everybodys = native.landlockVersion() === 0;
    fs.mkdirSync(base + '/dumps');
    fs.chmodSync(base + '/dumps', 0o1777);
    assert.match(
      await trial.ask(undefined, `211 rules-file ${base}/rules5`),
      everybodys ? /^1 311 / : /permission denied/,
    );
    assert.match(await trial.ask(undefined, `202 ${base}/dumps/dump`), /^1 302 /);
    assert.match(fs.readFileSync(base + '/dumps/dump/instance', 'utf8'), /^status == /);
  },
);

test('who may look may not steer, and who may steer may not configure', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  await trial.started();
  const commands = { read: '200', steer: '220', configure: '211 retries 3' };
  for (const [user, may] of [
    [OWNER, ['read', 'steer', 'configure']],
    [MEMBER, ['read', 'steer']],
    [STRANGER, ['read']],
  ] as const)
    for (const [tier, command] of Object.entries(commands)) {
      const expected = (may as readonly string[]).includes(tier) ? /^1 3\d\d / : /^1 164 /;
      assert.match(await trial.ask(user, command), expected, `${user.name}: ${tier}`);
    }
  assert.match(await trial.ask(STRANGER, '240'), /^1 164 /);
  assert.match(await trial.ask(MEMBER, '240'), /^1 340 /);
  assert.equal((await trial.daemon.exited).code, 0);
});

test('a pipe as rules file stops nothing', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  await trial.started();
  execFileSync('mkfifo', [trial.base + '/pipe']);
  assert.match(await trial.ask(undefined, `211 rules-file ${trial.base}/pipe`), /no regular file/);
  assert.match(await trial.ask(undefined, '211 rules-file /dev/stdin'), /^1 162 /);
  assert.match(await trial.ask(undefined, '200'), /^1 300 /);
  assert.equal((await trial.daemon.stop()).code, 0);
});

test('clients that say nothing do not keep root out', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  await trial.started();
  const silent = Array.from({ length: 40 }, () => trial.connect(OWNER));
  scope.after(() => silent.forEach((socket) => socket.destroy()));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await until('some to be turned away', () => silent.some((socket) => socket.resume().destroyed));
  assert.match(await trial.ask(undefined, '200'), /^1 300 /);
});
