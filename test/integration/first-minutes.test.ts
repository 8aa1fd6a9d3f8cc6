/**
 * What whoever tries it first tries: two directories, no options; and what people expect of
 * defaults.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { PATIENCE } from '../harness/until.js';

class Trial {
  readonly base: string;

  constructor(private readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(`${this.base}/source/first`, 'first');
    fs.writeFileSync(`${this.base}/copy/old`, '');
  }

  async start(...words: readonly string[]): Promise<Daemon> {
    const environment = { ...process.env, HOME: this.base };
    const daemon = new Daemon(this.scope, [...commandOf('clsync'), ...words], {
      cwd: this.base,
      environment,
    });
    await daemon.logged(/initial sync done/);
    return daemon;
  }

  /** Milliseconds until what is written now has arrived. */
  async arrival(daemon: Daemon, name: string, text = 'x'): Promise<number> {
    const began = performance.now();
    fs.writeFileSync(`${this.base}/source/${name}`, text);
    await daemon.until(name, () => read(`${this.base}/copy/${name}`) === text);
    return performance.now() - began;
  }

  has(name: string): boolean {
    return fs.existsSync(`${this.base}/copy/${name}`);
  }
}

function run(...words: readonly string[]): { readonly out: string; readonly error: string } {
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const { stdout, stderr } = spawnSync(program, [...rest, ...words], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  return { out: stdout, error: stderr };
}

test('two directories are enough: they are mirrored at once', async (scope) => {
  const trial = new Trial(scope);
  const daemon = await trial.start('source', 'copy', '-H/NULL/');
  assert.match(daemon.stderr, /source -> \S+copy, mode mirror, /);
  assert.equal(trial.has('old'), false);
  await trial.arrival(daemon, 'second');
  assert.doesNotMatch(daemon.stderr, /argument of the handler/);
});

test('two directories, and a mode that copies', async (scope) => {
  const trial = new Trial(scope);
  const daemon = await trial.start('-Mrsyncdirect', 'source', 'copy', '-H/NULL/');
  assert.match(daemon.stderr, /source -> \S+copy, mode rsyncdirect, /);
  await trial.arrival(daemon, 'second');
  assert.doesNotMatch(daemon.stderr, /argument of the handler/);
});

test('two directories, and options for rsync', async (scope) => {
  const trial = new Trial(scope);
  const daemon = await trial.start(
    ...['source', 'copy', '-H/NULL/', '--rsync-option=--exclude=*.tmp', '--no-delete', '-d1'],
  );
  assert.match(daemon.stderr, /mode rsyncdirect, /);
  fs.writeFileSync(`${trial.base}/source/a.tmp`, '');
  await trial.arrival(daemon, 'second');
  fs.rmSync(`${trial.base}/source/second`);
  await trial.arrival(daemon, 'third');
  assert.deepEqual(
    ['old', 'second', 'a.tmp'].map((name) => trial.has(name)),
    [true, true, false],
  );
});

test('--no-delete in mode mirror: what has gone stays', async (scope) => {
  const trial = new Trial(scope);
  const daemon = await trial.start('source', 'copy', '-H/NULL/', '--no-delete');
  assert.match(daemon.stderr, /mode mirror, /);
  await trial.arrival(daemon, 'second');
  fs.rmSync(`${trial.base}/source/second`);
  await trial.arrival(daemon, 'third');
  await trial.arrival(daemon, 'fourth');
  assert.deepEqual(
    ['old', 'second'].map((name) => trial.has(name)),
    [true, true],
  );
});

test('words that are no two directories are answered with what to do', () => {
  assert.match(run('/nosuch', '/tmp').error, /^error: --watch-dir: \/nosuch does not exist: make/m);
  assert.match(run('-Mdirect', '/usr', '/tmp').error, /^error: nothing to watch: /m);
  assert.match(run('/tmp').error, /^error: nothing to watch: .* clsync SOURCE DESTINATION$/m);
});

test('without --compat a change waits a second, also a big file that is closed', async (scope) => {
  const trial = new Trial(scope);
  const daemon = await trial.start('-Mrsyncdirect', '-Wsource', '-Dcopy', '-H/NULL/', '-B10');
  const took = await trial.arrival(daemon, 'big', 'x'.repeat(1000));
  assert.ok(took > 500 && took < 25_000, `${took} ms`);
  const { out } = run('--compat', '--help=all');
  assert.match(out, /--delay-collect SECONDS +collect/);
});

test('a configuration file: ~ is the home directory, yes and on are 1', async (scope) => {
  const trial = new Trial(scope);
  fs.writeFileSync(
    `${trial.base}/config`,
    '[default]\nmode = rsyncdirect\nwatch-dir = ~/source\ndestination-dir = ~/copy\n' +
      'no-delete = yes\nonly-initialsync = On\nbackground = no\nrsync-option = --chmod=D700\n' +
      'rsync-option = --chmod=F600\n',
  );
  const daemon = await trial.start('-H', `${trial.base}/config`);
  assert.equal((await daemon.exited).code, 0);
  assert.equal(read(`${trial.base}/copy/first`), 'first');
  assert.equal(trial.has('old'), true);
  assert.equal(fs.statSync(`${trial.base}/copy/first`).mode & 0o777, 0o600);
  assert.equal(fs.statSync(`${trial.base}/copy`).mode & 0o777, 0o700);
});

test('--help has ten options, --help=all the rest', () => {
  const [few, all] = [run('--help').out, run('--help=all').out];
  assert.equal(few.match(/^ {2}(?:-\w,| {3}) --/gm)?.length, 10);
  assert.match(few, /^Usage: clsync SOURCE DESTINATION\n/);
  assert.match(few, /--help=all/);
  assert.match(all, /--handler-capabilities/);
  assert.ok((all.match(/^ {2}(?:-\w,| {3}) --/gm)?.length ?? 0) > 100);
});

test('a misspelt option, command or mode names what was meant', () => {
  assert.match(run('--delay-colect=1').error, /did you mean --delay-collect\?/);
  assert.match(run('ctl', 'statsu').error, /did you mean status\?/);
  assert.match(run('-Mmiror').error, /did you mean mirror\?/);
});
