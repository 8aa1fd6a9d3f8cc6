/** The control socket of a running daemon, by clsync ctl. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { commandOf } from '../harness/programs.js';
import { PATIENCE } from '../harness/until.js';
import { startMirror, arrives, read } from '../harness/running-mirror.js';

/** A path where every user may make a directory: once it runs, the master is one without rights. */
function dumpIn(base: string): string {
  fs.mkdirSync(`${base}/dumps`);
  fs.chmodSync(`${base}/dumps`, 0o1777);
  return `${base}/dumps/dump`;
}

test('the control socket of a running daemon, by clsync ctl', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['--socket=socket', '-lmy label']);
  const ctl = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(
      program,
      [...rest, 'ctl', '--socket=socket', ...words],
      { cwd: base, encoding: 'utf8', timeout: PATIENCE },
    );
    return { status, stdout, stderr };
  };
  assert.deepEqual(ctl('VERSION'), { status: 0, stdout: '0.5-release\n', stderr: '' });
  assert.match(ctl('info').stdout, /label == "my label"/);
  // Where only the starter may: once it runs, the master is one without rights.
  const dump = `${base}/starters/dump`;
  fs.mkdirSync(`${base}/starters`, { mode: 0o700 });
  assert.deepEqual(ctl('DUMP', 'starters/dump'), { status: 0, stdout: '', stderr: '' });
  assert.match(read(`${dump}/instance`), /^status == /);
  assert.match(read(`${dump}/watcher`), /./);
  for (const [place, why] of [
    [dump, `the dump directory ${dump} exists already: move it away`],
    [
      'absent/dump',
      'clsync ctl dump: cannot write absent/dump: its directory does not exist: make it',
    ],
  ] as const)
    assert.ok(ctl('DUMP', place).stderr.startsWith(`error: ${why}`), ctl('DUMP', place).stderr);
  assert.deepEqual(JSON.parse(ctl('--json', 'version').stdout), { clsync: '0.5-release' });
  const unverified = ctl('verify');
  assert.deepEqual([unverified.status, unverified.stdout], [2, '']);
  fs.writeFileSync(`${base}/starters/rules`, '-f^out$\n', { mode: 0o600 });
  assert.deepEqual(ctl('SET', 'rules-file', 'starters/rules'), {
    status: 0,
    stdout: '',
    stderr: '',
  });
  // The watcher has them once it says so, not with the answer.
  await daemon.logged(/the new rules are in force/);
  for (const name of ['out', 'in']) fs.writeFileSync(`${base}/source/${name}`, '');
  await arrives({ base, daemon }, 'in');
  assert.equal(fs.existsSync(`${base}/destination/out`), false);
  assert.deepEqual(ctl('SET', 'delay-collect', 'x'), {
    status: 1,
    stdout: '',
    stderr: 'error: delay-collect: "x" is not a number; clsync --help=all says what it takes\n',
  });
  assert.equal(ctl('FROB').status, 22);
  const odd = ctl('status', '--follow');
  assert.deepEqual([odd.status, odd.stdout], [22, '']);
  assert.match(odd.stderr, /^error: clsync ctl status: takes no --follow, which is for events$/m);
  assert.equal(ctl('DIE').status, 0);
  assert.deepEqual(await daemon.exited, { code: 0, signal: null });
  assert.equal(ctl('VERSION').status, 1);
});

test('set: a longer delay holds the next sync, a shorter one releases it', async (scope) => {
  const running = await startMirror(scope, ['--socket=socket']);
  const { base, daemon } = running;
  const ctl = new Ctl(base);
  const set = (option: string, value: string): void => ctl.order('SET', option, value);
  set('delay-collect', '3600');
  // Whatever the executor answers, it has heard of the delay before.
  assert.deepEqual(ctl.pending(), []);
  fs.writeFileSync(`${base}/source/late`, '');
  const dump = dumpIn(base);
  set('dump-dir', dump);
  const isPending = async (): Promise<boolean> => {
    // One that is being written cannot be removed.
    fs.rmSync(dump, { recursive: true, force: true });
    const before = daemon.stderr.length;
    daemon.signal(29);
    await daemon.until('the dump', () =>
      daemon.stderr.includes('the inner state was dumped', before),
    );
    return read(`${dump}/queue/0`).includes('late');
  };
  await daemon.until('the file to be pending', isPending, {
    every: 300,
    detail: () => read(`${dump}/queue/0`),
  });
  assert.equal(fs.existsSync(`${base}/destination/late`), false);
  set('delay-collect', '0');
  await arrives(running, 'late');
});

test('set: also where only the starter may go', async (scope) => {
  const running = await startMirror(scope, ['--socket=socket']);
  fs.chmodSync(running.base, 0o700);
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const set = spawnSync(program, [...rest, 'ctl', '--socket=socket', 'SET', 'delay-sync', '0.1'], {
    cwd: running.base,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  assert.deepEqual([set.status, set.stderr], [0, '']);
  fs.writeFileSync(`${running.base}/source/later`, '');
  await arrives(running, 'later');
});
