/** The dump of the inner state, by signal. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { startMirror, read } from '../harness/running-mirror.js';

test('signal 29 dumps the inner state into a directory that must be new', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['--dump-dir=dump']);
  await daemon.logged(/initial sync done/);
  daemon.signal(29);
  await daemon.logged(/the inner state was dumped/);
  assert.match(read(`${base}/dump/instance`), /^status == running\n/);
  assert.deepEqual(fs.readdirSync(`${base}/dump/queue`), ['0', '1', '2', '3']);
  assert.match(read(`${base}/dump/watcher`), /^directories \d+$/m);
  assert.equal(read(`${base}/dump/events`), '', 'nothing has changed yet');
  assert.equal(fs.statSync(`${base}/dump`).mode & 0o077, 0);
  daemon.signal(29);
  await daemon.logged(/the dump directory .* exists already/);
  assert.doesNotMatch(daemon.stderr, /a dump is being written/, 'one signal is one dump');
});

test('a dump names all waiting paths, however many', async (scope) => {
  const { base, daemon } = await startMirror(scope, [
    '-t3600',
    '--dump-dir=dump',
    '--status-file=status',
  ]);
  await daemon.until('the status running', () => read(`${base}/status`) === 'running');
  const names = Array.from({ length: 3000 }, (_, index) => `${'long-name-'.repeat(10)}${index}`);
  const dumped = (): string[] =>
    read(`${base}/dump/queue/0`)
      .split('\n')
      .filter((line) => line !== '' && line !== '+1\t');
  await daemon.until('all names to be dumped', async () => {
    // After an overflow of the kernel's queue everything is synced at once, so some of the paths no
    // longer wait.
    const waiting = new Set(dumped());
    for (const name of names)
      if (!waiting.has(`+1\t${name}`)) fs.writeFileSync(`${base}/source/${name}`, '');
    fs.rmSync(`${base}/dump`, { recursive: true, force: true });
    const before = daemon.stderr.length;
    daemon.signal(29);
    await daemon.until('the dump', () =>
      daemon.stderr.includes('the inner state was dumped', before),
    );
    return dumped().length >= names.length;
  });
  assert.deepEqual(dumped().sort(), names.map((name) => `+1\t${name}`).sort());
});
