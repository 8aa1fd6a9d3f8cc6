/** Files are handed over once they have settled (`--settle`). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { arrives, read, startMirror } from '../harness/running-mirror.js';
import type { Running } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';

/** Long ago, so that a file has settled. */
const OLD = new Date(1_000_000_000_000);

/** A settled file that came from outside arrives: everything before it has been looked at. */
async function passBy(mirror: Running, outside: string, name: string): Promise<void> {
  fs.writeFileSync(`${outside}/${name}`, '');
  fs.utimesSync(`${outside}/${name}`, OLD, OLD);
  fs.renameSync(`${outside}/${name}`, `${mirror.base}/source/${name}`);
  await arrives(mirror, name);
}

test('a file being written is left out until it has settled or the daemon ends', async (scope) => {
  const outside = temporaryDirectory(scope);
  const mirror = await startMirror(
    scope,
    ['--settle=3000', '--dump-dir=dump', '--sync-on-quit'],
    {},
    {},
    (base) => {
      fs.utimesSync(`${base}/source/first`, OLD, OLD);
      subdirectory(`${base}/source`, 'before');
      fs.writeFileSync(`${base}/source/before/upload`, 'half');
    },
  );
  const { base, daemon } = mirror;
  assert.deepEqual(fs.readdirSync(`${base}/destination/before`), []);
  subdirectory(outside, 'new');
  fs.writeFileSync(`${outside}/new/upload`, 'half');
  fs.renameSync(`${outside}/new`, `${base}/source/new`);
  await arrives(mirror, 'new');
  fs.symlinkSync('anything', `${base}/source/new/link`);
  await daemon.until('a link', () => fs.readdirSync(`${base}/destination/new`).length > 0);
  fs.renameSync(`${base}/source/before`, `${base}/source/after`);
  await arrives(mirror, 'after');
  const executor = daemon.find(/roles\/executor\/main\.js/);
  assert.ok(executor);
  process.kill(executor.pid, 'SIGKILL');
  await daemon.logged(/starting again/);
  await passBy(mirror, outside, 'second');
  assert.deepEqual(fs.readdirSync(`${base}/destination/new`), ['link']);
  assert.deepEqual(fs.readdirSync(`${base}/destination/after`), []);
  daemon.signal(29);
  await daemon.logged(/the inner state was dumped/);
  assert.deepEqual(read(`${base}/dump/settling`).trim().split('\n').sort(), [
    'after/upload',
    'new/upload',
  ]);
  await daemon.stop('SIGQUIT');
  assert.equal(read(`${base}/destination/new/upload`), 'half');
  assert.equal(read(`${base}/destination/after/upload`), 'half');
});

test('a file that is written again and again arrives as it was once it has settled', async (scope) => {
  const mirror = await startMirror(scope, ['--settle=0.3']);
  const { base, daemon } = mirror;
  const file = fs.openSync(`${base}/source/upload`, 'w');
  try {
    for (let part = 0; part < 100; part++) fs.writeSync(file, 'part');
  } finally {
    fs.closeSync(file);
  }
  await daemon.until('the file', () => read(`${base}/destination/upload`).length === 400);
});

test('a run that ends after the initial sync waits for what it found unsettled', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['--settle=2', '--only-initialsync']);
  await daemon.exited;
  assert.deepEqual(fs.readdirSync(`${base}/destination`), ['first']);
});
