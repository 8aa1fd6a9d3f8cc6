/** What the log says, where, and how each line looks. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import type { DaemonOptions } from '../harness/daemon.js';
import { killAll } from '../harness/processes.js';
import type { ProcessInfo } from '../harness/processes.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (\S+) (\w+): (.*)$/;

class Trial {
  readonly base: string;
  readonly daemon: Daemon;

  constructor(scope: Scope, words: readonly string[], options: DaemonOptions = {}, handler = '') {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(`${this.base}/source/first`, '');
    fs.writeFileSync(`${this.base}/handler`, `#!/bin/sh\n${handler}\n`, { mode: 0o755 });
    const command = ['-H/NULL/', '-Wsource', '-Dcopy', '-t0', '-w0', ...words];
    this.daemon = new Daemon(scope, [...commandOf('clsync'), ...command], {
      ...options,
      cwd: this.base,
    });
  }

  /** Of stderr: level and text of each line. */
  lines(name: string, text = this.daemon.stderr): string[] {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [, instance, level, said] = STAMP.exec(line) ?? [];
        assert.equal(instance, name, line);
        return `${level}: ${said}`;
      });
  }

  write(name: string, text = ''): void {
    fs.writeFileSync(`${this.base}/source/${name}`, text);
  }
}

test('a healthy daemon says nothing but warnings to a pipe', async (scope) => {
  const trial = new Trial(scope, ['-Mrsyncdirect', '--exit-on-no-events'], { silent: true });
  assert.equal((await trial.daemon.exited).code, 0);
  const others = trial.lines('clsync').filter((line) => !line.startsWith('warning: '));
  assert.deepEqual([others, trial.daemon.stdout], [[], '']);
});

test('with -v: start, syncs and the end, each with time, label and level', async (scope) => {
  const trial = new Trial(scope, ['-Mrsyncdirect', '-lwww']);
  const { daemon, base } = trial;
  await daemon.logged(/initial sync done/);
  trial.write('two words');
  await daemon.logged(/synced 1 path/);
  assert.equal((await daemon.stop()).code, 0);
  const lines = trial.lines('www').filter((line) => line.startsWith('info: '));
  const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
  const order = [
    new RegExp(`^info: clsync \\S+: ${base}/source -> ${base}/copy, mode rsyncdirect, .*sandbox: `),
    /^info: initial sync done in/,
    /^info: synced 1 path in [0-9.]+ s: "two words"$/,
    /^info: told to end by SIGTERM$/,
    /^info: ended with status 0$/,
  ].map(at);
  assert.ok(
    order.every((place, index) => place > (order[index - 1] ?? -1)),
    lines.join('\n'),
  );
});

test('a failure says destination, path, reason and next try', async (scope) => {
  const handler = '[ -e copy/../source/bad ] && exit 7; exit 0';
  const trial = new Trial(
    scope,
    ['-Mdirect', '-S./handler', '-r0', '--', 'x'],
    { silent: true },
    handler.replace('copy/../source/', ''),
  );
  await trial.daemon.until('the first call', () => trial.daemon.find(/executor/) !== undefined);
  trial.write('bad');
  await trial.daemon.logged(/failed: exit code 7/);
  assert.match(
    trial.daemon.stderr,
    new RegExp(
      `clsync error: the sync of \\d paths? failed: exit code 7 \\(.* to ${trial.base}/copy\\); ` +
        'trying again in [0-9.]+ s',
    ),
  );
});

test('-q says why the daemon has ended', async (scope) => {
  const trial = new Trial(scope, ['-q', '-Mdirect', '-S./handler', '--', 'x'], {}, 'exit 7');
  assert.equal((await trial.daemon.exited).code, 7);
  assert.match(
    trial.daemon.stderr,
    /^\S+ clsync error: giving up: exit code 7; mend what stands before this, .*\n$/,
  );
});

test('--log-file has what is said and printed, and is opened again at HUP', async (scope) => {
  const words = ['--log-file=log', '-Mdirect', '-S./handler', '--', 'x', '%INCLUDE-LIST%'];
  const trial = new Trial(scope, words, { silent: true }, 'echo called with "$@"');
  const { daemon, base } = trial;
  const log = (): string =>
    fs.existsSync(`${base}/log`) ? fs.readFileSync(`${base}/log`, 'utf8') : '';
  await daemon.until('the first sync', () => log().includes('initial sync done'));
  fs.renameSync(`${base}/log`, `${base}/log.1`);
  daemon.signal('SIGHUP');
  await daemon.until('the new file', () => log().includes('the new rules are in force'));
  trial.write('second');
  await daemon.until('the second sync', () => log().includes('synced 1 path'));
  await daemon.stop();
  for (const text of [log(), fs.readFileSync(`${base}/log.1`, 'utf8')]) {
    assert.match(text, / clsync handler: called with x /);
    assert.ok(
      text
        .split('\n')
        .slice(0, -1)
        .every((line) => /^\d{4}-.* clsync /.test(line)),
      text,
    );
  }
  assert.equal(fs.statSync(`${base}/log`).mode & 0o777, 0o640 & ~process.umask());
  assert.equal(daemon.stdout, '');
});

test('what a call prints last is a line, before what is said of its sync, though it has no end', async (scope) => {
  const handler = 'printf to >&2; printf "to out"';
  const words = ['-Msimple', '-S./handler', '--log-file=log', '--only-initialsync'];
  const { daemon, base } = new Trial(scope, words, { silent: true }, handler);
  assert.equal((await daemon.exited).code, 0);
  const said = read(`${base}/log`).split('initial sync done')[0] ?? '';
  const printed = [...said.matchAll(/ handler: (.*)$/gm)].map(([, text]) => text);
  // One for the root, one for the file, whose standard output is the same pipe.
  assert.deepEqual([printed.length, new Set(printed)], [3, new Set(['to', 'to outto out'])], said);
});

test('when the process that writes the log file is killed, another one does', async (scope) => {
  const trial = new Trial(scope, ['--log-file=log', '-Mrsyncdirect'], { silent: true });
  const { daemon, base } = trial;
  const log = (): string => read(`${base}/log`);
  const writer = (): ProcessInfo | undefined =>
    daemon.processes().find(({ pid }) => read(`/proc/${pid}/comm`) === 'clsync-log\n');
  await daemon.until('the first sync', () => log().includes('initial sync done'));
  const first = writer();
  assert.ok(first);
  killAll([first]);
  await daemon.until('another one', () => (writer()?.pid ?? first.pid) !== first.pid);
  trial.write('second');
  await daemon.until('the second sync', () => log().includes('synced 1 path'));
});

test('--log-file: a start that fails says so on stderr, too; no device is written to', async (scope) => {
  const missing = new Trial(scope, ['--log-file=log', '-Mrsyncdirect', '--pid-file=gone/pid']);
  assert.notEqual((await missing.daemon.exited).code, 0);
  assert.match(missing.daemon.stderr, /^error: --pid-file/m);
  const device = new Trial(scope, ['--log-file=/dev/null', '-Mrsyncdirect']);
  assert.notEqual((await device.daemon.exited).code, 0);
  assert.match(device.daemon.stderr, /^error: --log-file: cannot write .*no file of ours/m);
});

const SHOWN = [
  /debug1: run: \S*rsync /,
  /debug2: syncing "later"/,
  /debug3: event: object \S*CREATE\S* later$/m,
  /debug4: watcher to executor: batch of 1 changes/,
  /debug5: monitor: start/,
];

test('each -d shows more', async (scope) => {
  for (const level of [1, 4, 5]) {
    const trial = new Trial(scope, ['-Mrsyncdirect', `-d${level}`]);
    await trial.daemon.logged(/initial sync done/);
    trial.write('later');
    await trial.daemon.logged(/synced 1 path/);
    await trial.daemon.stop();
    for (const [index, pattern] of SHOWN.entries())
      assert.equal(pattern.test(trial.daemon.stderr), index < level, `${level} ${String(pattern)}`);
  }
});

test('a big file is named, and until when it waits', async (scope) => {
  const trial = new Trial(scope, ['-Mrsyncdirect', '-B10', '-T3600']);
  await trial.daemon.logged(/initial sync done/);
  // As it comes at once, it is big from the beginning.
  fs.writeFileSync(`${trial.base}/made`, 'x'.repeat(100));
  fs.renameSync(`${trial.base}/made`, `${trial.base}/source/big`);
  await trial.daemon.logged(/big file "big" waits until \d\d:\d\d:\d\d /);
});
