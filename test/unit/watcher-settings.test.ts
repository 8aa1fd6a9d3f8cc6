/** What the watcher's settings change about what is told. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { EntryFlag } from '../../src/shared/entry.js';
import { IN } from '../../src/shared/inotify-mask.js';
import { Signatures } from '../../src/watcher/signatures.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { scratch, Watched } from './watcher-support.js';

const DIRECTORY_MADE = (IN.CREATE | IN.ISDIR) >>> 0;

test('a sequence is every event, in its order, with the kernel\'s mask', async () => {
  using directory = scratch();
  using watched = new Watched(directory.path, { sequence: true, detail: 'objects', trackHardLinks: false });
  await watched.message('walked');
  const entries = (): [string, number][] => watched.entries.splice(0).map(({ path, mask }) => [path, mask]);
  assert.deepEqual(entries(), [['', DIRECTORY_MADE]]);
  writeFileSync(`${directory.path}/f`, 'x');
  await watched.quiet();
  assert.deepEqual(entries(), [['f', IN.CREATE], ['f', IN.MODIFY], ['f', IN.CLOSE_WRITE]]);
  renameSync(`${directory.path}/f`, `${directory.path}/g`);
  mkdirSync(`${directory.path}/d`);
  await watched.quiet();
  assert.deepEqual(entries(), [['f', IN.MOVED_FROM], ['g', IN.MOVED_TO], ['d', DIRECTORY_MADE]]);
  rmdirSync(`${directory.path}/d`);
  await watched.quiet();
  assert.deepEqual(entries(), [['d', IN.DELETE_SELF], ['d', (IN.DELETE | IN.ISDIR) >>> 0]]);
});

test('with every object an entry, a new directory brings its content', async () => {
  using directory = scratch();
  using elsewhere = scratch();
  mkdirSync(`${elsewhere.path}/d/e`, { recursive: true });
  writeFileSync(`${elsewhere.path}/d/e/f`, '');
  using watched = new Watched(directory.path, { detail: 'objects' });
  await watched.message('walked');
  watched.told();
  renameSync(`${elsewhere.path}/d`, `${directory.path}/d`);
  await watched.quiet();
  const masks = Object.fromEntries([...watched.told()].map(([path, { mask }]) => [path, mask]));
  assert.deepEqual(masks, { d: DIRECTORY_MADE, 'd/e': DIRECTORY_MADE, 'd/e/f': IN.CREATE });
});

test('a file larger than the threshold is big', async () => {
  using directory = scratch();
  using watched = new Watched(directory.path, { bigFileThreshold: 10 });
  await watched.message('walked');
  watched.told();
  writeFileSync(`${directory.path}/just`, 'x'.repeat(10));
  writeFileSync(`${directory.path}/big`, 'x'.repeat(11));
  await watched.quiet();
  const told = watched.told();
  assert.equal((told.get('just')?.flags ?? 0) & EntryFlag.big, 0);
  assert.equal((told.get('big')?.flags ?? 0) & EntryFlag.big, EntryFlag.big);
});

test('a change that leaves the signature alone is not told', async () => {
  using directory = scratch();
  const file = `${directory.path}/f`;
  writeFileSync(file, 'x');
  using watched = new Watched(directory.path, { modificationSignature: ['mode', 'uid', 'gid'] });
  await watched.message('walked');
  const isTold = async (change: () => void): Promise<boolean> => {
    watched.told();
    change();
    await watched.quiet();
    return watched.told().has('f');
  };
  assert.equal(await isTold(() => appendFileSync(file, 'y')), true, 'the first event always is');
  assert.equal(await isTold(() => appendFileSync(file, 'y')), false);
  assert.equal(await isTold(() => utimesSync(file, 1, 1)), false);
  assert.equal(await isTold(() => chmodSync(file, 0o600)), true);
});

test('signatures of many paths are kept apart', () => {
  const signatures = new Signatures();
  const path = (i: number): BytePath => `some/path/${i}` as BytePath;
  for (let i = 0; i < 20_000; i++) assert.ok(signatures.changed(path(i), i, 1));
  for (let i = 0; i < 20_000; i++) assert.ok(!signatures.changed(path(i), i, 1));
  signatures.forget(path(7));
  assert.ok(signatures.changed(path(7), 7, 1));
});

test('other file systems: not entered, and refused when mount points are excluded', { skip: process.geteuid?.() !== 0 && 'only root can mount' }, async () => {
  using directory = scratch();
  const mountPoint = `${directory.path}/mnt`;
  mkdirSync(mountPoint);
  execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint]);
  try {
    mkdirSync(`${mountPoint}/inside`);
    const cases: [{ oneFileSystem?: boolean; excludeMountPoints?: boolean }, number, boolean][] = [
      [{}, 3, false],
      [{ oneFileSystem: true }, 1, false],
      [{ excludeMountPoints: true }, 1, true],
    ];
    for (const [settings, directories, refused] of cases) {
      using watched = new Watched(directory.path, settings);
      await watched.message('walked');
      assert.equal(watched.control.counters.directories, directories);
      assert.equal(watched.told().get('mnt')?.flags === EntryFlag.refused, refused);
    }
  } finally {
    execFileSync('umount', [mountPoint]);
  }
});
