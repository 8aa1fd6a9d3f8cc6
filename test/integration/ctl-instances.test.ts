/** `clsync ctl` and several daemons, whose sockets are in /run/clsync: of a mount namespace. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { InstanceStatus } from '../../src/shared/control-status.js';
import { Ctl } from '../harness/ctl.js';
import type { Told } from '../harness/ctl.js';
import { needsMounts, needsTerminal } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { startMirror } from '../harness/running-mirror.js';
import { atEnd, temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';

interface Host {
  /** What replaces /run. */
  readonly run: string;
  command(...words: readonly string[]): readonly [string, ...string[]];
  ask(...words: readonly string[]): Told;
}

function hostOf(scope: TestContext): Host {
  const run = temporaryDirectory(scope);
  fs.chmodSync(run, 0o755);
  fs.mkdirSync(`${run}/clsync`);
  const command: Host['command'] = (...words) =>
    elsewhere({ '/run': run }, [...commandOf('clsync'), 'ctl', ...words]) as [string, ...string[]];
  return {
    run,
    command,
    ask: (...words) => {
      const [program, ...rest] = command(...words);
      return spawnSync(program, rest, { encoding: 'utf8', cwd: run, timeout: PATIENCE });
    },
  };
}

const start = ({ run }: Host, scope: TestContext, name: string) =>
  startMirror(scope, [`--socket=${run}/clsync/${name}.sock`, `-l${name}`, '-Mmirror']);

test('one by its name, or all, or the only one', { skip: needsMounts() }, async (scope) => {
  const host = hostOf(scope);
  const { status, stdout, stderr } = host.ask('list');
  assert.deepEqual([status, stdout], [0, '']);
  assert.match(stderr, /^no daemon has a control socket in \/run\/clsync: start one/);
  for (const words of [['status'], ['--all', 'flush']]) {
    const none = host.ask(...words);
    assert.deepEqual([none.status, none.stderr], [1, `error: ${stderr}`], words.join(' '));
  }
  await start(host, scope, 'one');
  assert.match(host.ask('status').stdout, /, label one, /);
  await start(host, scope, 'two');
  const unclear = host.ask('status');
  assert.equal(unclear.status, 22);
  assert.match(unclear.stderr, /which daemon\? There are one, two: .*--name/);
  assert.equal(host.ask('--name', 'two', 'pause').status, 0);
  const told = host.ask('--all', '--json', 'status').stdout.trim().split('\n');
  const all = told.map((line) => JSON.parse(line) as InstanceStatus);
  assert.deepEqual(
    all.map(({ label, paused }) => [label, paused]),
    [
      ['one', false],
      ['two', true],
    ],
  );
  assert.match(
    host.ask('list').stdout,
    /^NAME +LABEL .*\none +one .*running .*\ntwo +two .*\(paused\) /,
  );
  // One that is left over from a daemon that was killed.
  const left = createServer().listen(`${host.run}/left.sock`);
  await once(left, 'listening');
  fs.renameSync(`${host.run}/left.sock`, `${host.run}/clsync/left.sock`);
  left.close();
  const some = host.ask('--all', 'version');
  assert.notEqual(some.status, 0);
  assert.match(some.stderr, /^error: left: no daemon listens/m);
  assert.equal(some.stdout.trim().split('\n').length, 2);
  const missing = host.ask('--name', 'three', 'status');
  assert.match(missing.stderr, /^error: no daemon .*three\.sock: clsync ctl list/m);
  assert.equal(host.ask('--name', '../one', 'status').status, 22);
});

/** The last picture that was drawn, without colours. */
function picture(drawn: string): string {
  return (drawn.split('\x1b[H').at(-1) ?? '').replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
}

test(
  'top: all at a glance, by keys paused, flushed and shown in detail',
  { skip: needsMounts() || needsTerminal() },
  async (scope) => {
    const host = hostOf(scope);
    const [one] = [await start(host, scope, 'one'), await start(host, scope, 'two')];
    const line = host.command('top').map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const shell = `stty rows 24 cols 80; ${line.join(' ')}; echo ended $?`;
    const child = spawn('script', ['-qec', shell, '/dev/null'], { stdio: 'pipe' });
    atEnd(scope, () => void child.kill('SIGKILL'));
    let drawn = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => (drawn += more));
    const shows = (what: RegExp): Promise<void> =>
      until(String(what), () => what.test(picture(drawn)), { detail: () => picture(drawn) });
    const type = (keys: string): void => void child.stdin.write(keys);
    await shows(/^clsync top: 2 running/);
    await shows(/^> one +running +0 +0 .*\n {2}two +running/m);
    let files = 0;
    // Rates are of a minute, in which one file is not much.
    const isRate = (): boolean => {
      fs.writeFileSync(`${one.base}/source/file ${files++}`, 'content');
      return /^> one +running +\d+ +0 +[\d.]+ +[\d.]*[1-9]\S* /m.test(picture(drawn));
    };
    await until('a rate of paths', isRate, { every: 500, detail: () => picture(drawn) });
    const lines = picture(drawn).split('\n');
    assert.ok(lines.length <= 24 && lines.every((text) => Array.from(text).length <= 80), drawn);
    type('\x1b[Bp');
    await shows(/^> two +paused/m);
    assert.match(new Ctl(host.run, 'clsync/two.sock').ask('status').stdout, /, paused,/);
    type('f');
    await shows(/^two: .*paused/m);
    type('p');
    await shows(/^> two +running/m);
    type('kf');
    await shows(/^one: flushed/m);
    type('\r');
    await shows(/^ {2}destination +\//m);
    type('\x1b');
    await shows(/^> one/m);
    type('q');
    await until('the end', () => /ended 0/.test(drawn), { detail: () => drawn.slice(-1000) });
    // The terminal is as before.
    assert.match(drawn, /\x1b\[\?25h\x1b\[\?1049l/);
  },
);

test('top needs a terminal, and says what does not', (scope) => {
  const { status, stderr } = new Ctl(temporaryDirectory(scope)).ask('top');
  assert.deepEqual([status, /needs a terminal; .*--json status/.test(stderr)], [22, true]);
});
