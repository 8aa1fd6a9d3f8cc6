/** What a running daemon does on each signal; its pid and status file. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { startMirror, arrives, read } from '../harness/running-mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';

test('pid and status file, from the start to the end', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['-z', 'pid', '--status-file=status']);
  assert.equal(read(`${base}/pid`), String(daemon.pid));
  await daemon.until('the status running', () => read(`${base}/status`) === 'running');
  await daemon.stop('SIGINT');
  assert.deepEqual(fs.readdirSync(base).sort(), ['destination', 'source']);
});

test('HUP rereads the rules: paths allowed now arrive, paths refused now stay', async (scope) => {
  const running = await startMirror(scope, ['-Rrules'], {}, { rules: '-f\\.o$\n' });
  const { base, daemon } = running;
  fs.writeFileSync(`${base}/source/a.o`, 'a');
  fs.writeFileSync(`${base}/source/a.c`, 'c');
  await arrives(running, 'a.c');
  assert.equal(fs.existsSync(`${base}/destination/a.o`), false);
  fs.writeFileSync(`${base}/rules`, '-f\\.c$');
  daemon.signal('SIGHUP');
  await arrives(running, 'a.o');
  fs.writeFileSync(`${base}/source/a.c`, 'changed');
  fs.writeFileSync(`${base}/source/last`, '');
  await arrives(running, 'last');
  assert.equal(read(`${base}/destination/a.c`), 'c');
});

test('HUP with a bad rule keeps the old ones and says so', async (scope) => {
  const running = await startMirror(scope, ['-Rrules'], {}, { rules: '-f\\.o$\n' });
  fs.writeFileSync(`${running.base}/rules`, '*\n');
  running.daemon.signal('SIGHUP');
  await running.daemon.logged(/rules:1: .*; the rules stay as they were\n/);
  fs.writeFileSync(`${running.base}/source/a.o`, '');
  fs.writeFileSync(`${running.base}/source/last`, '');
  await arrives(running, 'last');
  assert.equal(fs.existsSync(`${running.base}/destination/a.o`), false);
});

test('HUP names the file that a symbolic link led to at the start', async (scope) => {
  const files = { 'rules/first': '-f\\.o$\n', 'rules/second': '-f\\.c$\n' };
  const base = temporaryDirectory(scope);
  fs.mkdirSync(`${base}/rules`);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${base}/${name}`, text);
  fs.symlinkSync('first', `${base}/rules/link`);
  const { daemon } = await startMirror(scope, [`-R${base}/rules/link`]);
  fs.unlinkSync(`${base}/rules/link`);
  fs.symlinkSync('second', `${base}/rules/link`);
  daemon.signal('SIGHUP');
  await daemon.logged(/read from .*\/rules\/first, where .*\/rules\/link led at the start/);
});

test('USR2 syncs everything again', async (scope) => {
  const { base, daemon } = await startMirror(scope, []);
  fs.unlinkSync(`${base}/destination/first`);
  daemon.signal('SIGUSR2');
  await daemon.until('the file to be back', () => fs.existsSync(`${base}/destination/first`));
});

test('signals 10 and 16 are survived', async (scope) => {
  const running = await startMirror(scope, ['--status-file=status']);
  for (const signal of [10, 16]) running.daemon.signal(signal);
  fs.writeFileSync(`${running.base}/source/last`, '');
  await arrives(running, 'last');
});

test('a custom signal puts a configuration block into force', async (scope) => {
  const conf =
    '[default]\nlabel = x\n[loud]\nconfig-block-inherits = default\ndebug = 5\nlabel = y\n';
  const { daemon } = await startMirror(scope, ['-Hconf', '--custom-signals=28:loud'], {}, { conf });
  assert.doesNotMatch(daemon.stderr, / debug\d: /);
  daemon.signal(28);
  await daemon.logged(/the options of block \[loud\] are in force/);
  await daemon.logged(/ debug\d: /);
  await daemon.logged(/block \[loud\]: --label cannot be changed while the daemon runs/);
});
