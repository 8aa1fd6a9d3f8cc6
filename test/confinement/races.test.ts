/**
 * A user who owns a directory of the daemon replaces its content by symbolic links: no secret is
 * copied, and nothing outside is written.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const SECONDS = Number(process.env['CLSYNC_RACE_SECONDS'] ?? 3);
const LIMIT = { skip: needsRoot, timeout: DEADLINE + 3000 * SECONDS };
const ATTACKER: User = { name: 'attacker', uid: 61321, gid: 61321 };
/** Milliseconds for one start under attack. */
const PATIENCE = 2000;
const SECRET = 'the secret of root';

/** The directory of the attacker, and a directory outside it. */
class Field {
  readonly base = fs.mkdtempSync('/var/tmp/clsync-races-');
  readonly outside: string;
  private readonly before: string;
  private readonly attackers: ChildProcess[] = [];

  constructor(private readonly scope: Scope) {
    fs.chmodSync(this.base, 0o755);
    scope.after(() => this.leave());
    this.outside = this.owned('outside', false);
    fs.chmodSync(this.outside, 0o700);
    fs.writeFileSync(this.outside + '/secret', SECRET, { mode: 0o600 });
    this.before = this.state();
  }

  owned(name: string, byAttacker = true): string {
    return subdirectory(this.base, name, byAttacker ? ATTACKER : undefined);
  }

  start(...words: readonly string[]): Daemon {
    return new Daemon(
      this.scope,
      [...commandOf('clsync'), '-H', '/NULL/', '-t0', '-T0', '-w0', ...words],
      { cwd: '/' },
    );
  }

  attack(
    directory: string,
    name: string,
    more: readonly string[] = [],
    target = this.outside,
  ): void {
    const words = [
      fileURLToPath(new URL('races-attacker.js', import.meta.url)),
      directory,
      name,
      target,
      ...more,
    ];
    const attacker = spawn(process.execPath, words, {
      uid: ATTACKER.uid,
      gid: ATTACKER.gid,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.attackers.push(attacker);
  }

  /** Runs `work` while the attack lasts. */
  async last(work: () => void | Promise<void>): Promise<void> {
    let rounds = 0;
    for (const end = Date.now() + 1000 * SECONDS; Date.now() < end || rounds < 2; await sleep(5)) {
      await work();
      rounds++;
      for (const { exitCode } of this.attackers)
        assert.equal(exitCode, null, 'the attacker gave up');
      assert.equal(this.state(), this.before, 'something outside has changed');
    }
    await this.endAttack();
  }

  private async endAttack(): Promise<void> {
    for (const attacker of this.attackers.splice(0)) {
      const ended = attacker.exitCode === null ? once(attacker, 'exit') : undefined;
      attacker.kill('SIGKILL');
      await ended;
    }
  }

  private async leave(): Promise<void> {
    await this.endAttack();
    fs.rmSync(this.base, { recursive: true, force: true });
  }

  private state(): string {
    const look = (path: string): unknown => {
      const { ino, mode, uid, gid, nlink, ctimeNs } = fs.lstatSync(path, { bigint: true });
      return [path, ino, mode, uid, gid, nlink, ctimeNs].map(String);
    };
    return JSON.stringify([
      look(this.outside),
      ...fs.readdirSync(this.outside).map((name) => look(`${this.outside}/${name}`)),
    ]);
  }
}

/**
 * The contents of all readable files below a directory. By descriptors: the mirror of a directory
 * that is swapped is swapped too, and a link there would lead this test to the secret.
 */
function contents(directory: string): string {
  const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const opened = orUndefined(() => fs.openSync(directory, O_DIRECTORY | O_NOFOLLOW));
  if (opened === undefined) return '';
  try {
    const within = `/proc/self/fd/${opened}`;
    const found = fs.readdirSync(within, { withFileTypes: true }).map(({ name }) => {
      const path = `${within}/${name}`;
      const file = orUndefined(() => fs.openSync(path, O_NOFOLLOW | fs.constants.O_NONBLOCK));
      if (file === undefined) return '';
      try {
        return fs.fstatSync(file).isDirectory() ? contents(path) : fs.readFileSync(file, 'utf8');
      } finally {
        fs.closeSync(file);
      }
    });
    return found.join('\n');
  } finally {
    fs.closeSync(opened);
  }
}

/** Undefined for what was removed or replaced meanwhile. */
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const HANDLERS: Readonly<Record<string, readonly string[]>> = {
  rsyncdirect: ['-Mrsyncdirect', '-r0'],
  'direct with cp': [
    '-Mdirect',
    '-S/bin/cp',
    '-r0',
    '--ignore-failures',
    '--',
    '-a',
    '--parents',
    '--',
    '%INCLUDE-LIST%',
    '%destination-dir%/',
  ],
};

for (const [mode, words] of Object.entries(HANDLERS)) {
  for (const side of ['source', 'copy'] as const) {
    test(`a directory of the ${side} swapped under ${mode}, ${SECONDS} s`, LIMIT, async (scope) => {
      const field = new Field(scope);
      const [source, copy] = [field.owned('source'), field.owned('copy')];
      field.owned('source/trap');
      const daemon = field.start('-W', source, '-D', copy, ...words);
      fs.writeFileSync(source + '/first', '');
      await daemon.until(
        'the first copy',
        () => fs.existsSync(copy + '/first') && fs.existsSync(copy + '/trap'),
      );
      field.attack(side === 'source' ? source : copy, 'trap');
      let round = 0;
      await field.last(() => {
        fs.writeFileSync(`${source}/${round++ % 50}`, String(round));
        // If the copy itself is swapped, reading it would lead this test outside.
        if (side === 'source') assert.ok(!contents(copy).includes(SECRET), 'the secret is out');
        assert.equal(daemon.exit, undefined, daemon.output);
      });
      fs.writeFileSync(source + '/last', 'x');
      await daemon.until('the last copy', () => fs.existsSync(copy + '/last'));
      await daemon.stop();
      assert.ok(!contents(copy).includes(SECRET), 'the secret is out');
    });
  }
}

test(`the directory of list files swapped, ${SECONDS} s`, LIMIT, async (scope) => {
  const field = new Field(scope);
  const source = field.owned('source', false);
  const parent = field.owned('parent');
  const log = field.owned('log', false) + '/lists';
  fs.mkdirSync(parent + '/lists', { mode: 0o700 });
  fs.writeFileSync(field.base + '/handler', `#!/bin/sh\ncat "$3" >> ${log}\n`, { mode: 0o755 });
  field.attack(parent, 'lists');
  let starts = 0;
  let ran = 0;
  // Started again and again, so that the swap meets every step of a start.
  await field.last(async () => {
    const daemon = field.start(
      '-Mshell',
      '-W',
      source,
      '-S',
      field.base + '/handler',
      '-L',
      parent + '/lists',
      '--handler-allow',
      field.base + '/log:rw',
      '--only-initialsync',
    );
    // A start that fails to confine during a swap is tried again, for longer than this test waits.
    const code = await Promise.race([daemon.exited.then((exit) => exit.code), sleep(PATIENCE)]);
    starts++;
    if (code === undefined) await daemon.stop();
    else if (code === 0) ran++;
    else assert.match(daemon.stderr, /error: .*lists/, daemon.output);
  });
  const lines = fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
  assert.equal(lines.replace(/^sync nolabel \d+ \n/gm, ''), '');
  assert.ok(lines.split('\n').length - 1 >= ran);
  assert.ok(starts > 1);
});

for (const swapped of ['files', 'directory'] as const) {
  test(
    `the ${swapped} of pid, status, socket and dump swapped, ${SECONDS} s`,
    LIMIT,
    async (scope) => {
      const field = new Field(scope);
      const [source, copy] = [field.owned('source', false), field.owned('copy', false)];
      const [parent, run] = [field.owned('parent'), field.owned('parent/run')];
      if (swapped === 'files') field.attack(run, 'dump', ['also']);
      else field.attack(parent, 'run');
      const surface = [
        `-z${run}/pid`,
        `--status-file=${run}/status`,
        `--socket=${run}/socket`,
        '--socket-mod=0666',
        `--dump-dir=${run}/dump`,
      ];
      let ran = 0;
      let round = 0;
      await field.last(async () => {
        const daemon = field.start('-Mrsyncdirect', '-W', source, '-D', copy, ...surface);
        fs.writeFileSync(`${source}/${++round}`, '');
        while (daemon.exit === undefined && !fs.existsSync(`${copy}/${round}`)) await sleep(5);
        for (let i = 0; i < 5 && daemon.exit === undefined; i++) {
          daemon.signal('SIGIO');
          fs.writeFileSync(`${source}/again`, String(i));
          await sleep(20);
        }
        if (daemon.exit === undefined) ran++;
        else assert.match(daemon.stderr, /error: .*run/, daemon.output);
        if (daemon.exit === undefined) await daemon.stop();
      });
      assert.ok(round > 1);
      // If the directory itself is swapped, a daemon may refuse to start.
      if (swapped === 'files') assert.ok(ran > 0, 'it never ran');
    },
  );
}
