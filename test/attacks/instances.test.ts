/**
 * The kernel counts processes and watches by uid, and lets processes of a uid signal each other: so
 * each daemon that root starts has uids that no other daemon of the host has.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
const USERS = ['clsync-watcher', 'clsync-handler'];

class Instance {
  readonly base: string;
  private readonly handler: string;

  /** @param body of the handler */
  constructor(
    private readonly scope: Scope,
    body: string,
  ) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(this.base + '/source/first', '');
    this.handler = this.base + '/handler';
    fs.writeFileSync(this.handler, `#!/bin/sh\ncd ${this.base}/copy || exit\n${body}\n`, {
      mode: 0o755,
    });
  }

  private command(...options: readonly string[]): readonly string[] {
    const { base, handler } = this;
    return [
      ...[...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '-W', base + '/source'],
      ...['-D', base + '/copy', '-Mdirect', '-S', handler, ...options, '--', 'x'],
    ];
  }

  /** @param places as for `elsewhere` */
  start(places?: Readonly<Record<string, string>>): Daemon {
    const command = this.command('--handler-pids=60');
    return new Daemon(this.scope, places === undefined ? command : elsewhere(places, command));
  }

  /** The uids of both roles, as `--explain-sandbox` shows them. */
  explained(): string[] {
    const [program, ...words] = this.command('--explain-sandbox=json') as [string, ...string[]];
    const { stdout } = spawnSync(program, words, { encoding: 'utf8' });
    const explanation = JSON.parse(stdout) as Record<string, { uid: number }>;
    return ['watcher', 'executor'].map((role) => String(explanation[role]?.uid));
  }

  has(name: string): boolean {
    return fs.existsSync(`${this.base}/copy/${name}`);
  }
}

/** The uids of both roles, once the launchers of both have executed them. */
async function uidsOf(daemon: Daemon): Promise<string[]> {
  const roles = (): ReturnType<Daemon['find']>[] =>
    [/watcher\/main/, /executor\/main/].map((program) => daemon.find(program));
  await daemon.until('both roles', () => !roles().includes(undefined));
  return roles().map((role) => {
    const status = fs.readFileSync(`/proc/${role?.pid}/status`, 'latin1');
    return /^Uid:\t(\d+)/m.exec(status)?.[1] as string;
  });
}

test(
  'a fork bomb in one daemon takes no process from another, whatever users the host has',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const etc = copyOfEtc(scope);
    USERS.forEach((name, index) => {
      const id = 64_990 + index;
      fs.appendFileSync(etc + '/passwd', `${name}:x:${id}:${id}::/:/usr/sbin/nologin\n`);
      fs.appendFileSync(etc + '/group', `${name}:x:${id}:\n`);
    });
    const bomb = new Instance(
      scope,
      "sh -c 'while :; do sleep 1234 & done' 2>/dev/null; : >full; exec sleep 1234",
    );
    const other = new Instance(scope, 'sh -c true && sh -c "true | cat >called"');
    const exploding = bomb.start({ '/etc': etc });
    await exploding.until('as many processes as there may be', () => bomb.has('full'));
    const daemon = other.start({ '/etc': etc });
    await daemon.until('a handler with processes of its own', () => other.has('called'));
    assert.equal(exploding.exit, undefined);
  },
);

test(
  'daemons of the same directories share no uid, and one has the same uids at each start',
  { ...LIMIT, skip: needsRoot },
  async (scope) => {
    const instance = new Instance(scope, ': >called');
    const daemons = [instance.start(), instance.start(), instance.start()];
    for (const daemon of daemons) await daemon.logged(/ info: watching 1 directory/);
    const uids = (await Promise.all(daemons.map(uidsOf))).flat();
    assert.equal(new Set(uids).size, 6, uids.join(' '));
    for (const daemon of daemons) await daemon.stop();
    const first = instance.start();
    await first.logged(/ info: watching 1 directory/);
    const own = await uidsOf(first);
    await first.stop('SIGKILL');
    await first.gone(instance.base);
    const second = instance.start();
    await second.logged(/ info: watching 1 directory/);
    assert.deepEqual(instance.explained(), own);
    assert.deepEqual(await uidsOf(second), own);
  },
);
