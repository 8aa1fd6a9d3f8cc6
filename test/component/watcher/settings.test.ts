/** The effect of the watcher's settings on the entries it sends. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { fromText, ROOT } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Signatures } from '../../../src/watcher/outgoing/signatures.js';
import { needsMounts } from '../../harness/offers.js';
import { scratch, Watched } from './support.js';

const DIRECTORY_MADE = (IN.CREATE | IN.ISDIR) >>> 0;

test("a sequence is every event, in its order, with the kernel's mask", async () => {
  using directory = scratch();
  using watched = new Watched(directory.path, {
    sequence: true,
    detail: 'objects',
    trackHardLinks: false,
  });
  await watched.message('walked');
  const entries = (): [string, number][] =>
    watched.entries.splice(0).map(({ path, mask }) => [path, mask]);
  assert.deepEqual(entries(), [['', DIRECTORY_MADE]]);
  writeFileSync(`${directory.path}/f`, 'x');
  await watched.quiet();
  assert.deepEqual(entries(), [
    ['f', IN.CREATE],
    ['f', IN.MODIFY],
    ['f', IN.CLOSE_WRITE],
  ]);
  renameSync(`${directory.path}/f`, `${directory.path}/g`);
  mkdirSync(`${directory.path}/d`);
  await watched.quiet();
  assert.deepEqual(entries(), [
    ['f', IN.MOVED_FROM],
    ['g', IN.MOVED_TO],
    ['d', DIRECTORY_MADE],
  ]);
  rmdirSync(`${directory.path}/d`);
  await watched.quiet();
  assert.deepEqual(entries(), [
    ['d', IN.DELETE_SELF],
    ['d', (IN.DELETE | IN.ISDIR) >>> 0],
  ]);
});

test('with an entry for every object, the content of a new directory is sent too', async () => {
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

test('a change that leaves the signature unchanged is not sent', async () => {
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

test('with a state, what the walk lists counts as synced, so that signatures outlive the daemon', async () => {
  using directory = scratch();
  const { path } = directory;
  mkdirSync(`${path}/d`);
  for (const name of ['f', 'd/g']) writeFileSync(`${path}/${name}`, 'x');
  using watched = new Watched(path, { modificationSignature: ['mtime', 'size'], listings: true });
  await watched.message('walked');
  const told = async (change: () => void): Promise<string[]> => {
    watched.told();
    change();
    await watched.quiet();
    return [...watched.told().keys()];
  };
  const all = ['', 'f', 'd', 'd/g'];
  const unchanged = await told(() => {
    for (const name of all) chmodSync(`${path}/${name}`, 0o700);
  });
  assert.deepEqual(unchanged, []);
  const changed = await told(() => {
    for (const name of all) utimesSync(`${path}/${name}`, 1, 1);
  });
  assert.deepEqual(changed.sort(), [...all].sort());
});

test('signatures of many paths are kept apart', () => {
  const signatures = new Signatures();
  const path = (i: number): BytePath => `some/path/${i}` as BytePath;
  for (let i = 0; i < 20_000; i++) assert.ok(signatures.changed(path(i), i, 1));
  for (let i = 0; i < 20_000; i++) assert.ok(!signatures.changed(path(i), i, 1));
  signatures.drop(path(7));
  assert.ok(signatures.changed(path(7), 7, 1));
});

test(
  'other file systems: not entered, and their content refused when mount points are excluded',
  { skip: needsMounts() },
  async () => {
    using directory = scratch();
    const mountPoint = `${directory.path}/mnt`;
    mkdirSync(mountPoint);
    execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint]);
    try {
      mkdirSync(`${mountPoint}/inside`);
      const cases: [{ oneFileSystem?: boolean; excludeMountPoints?: boolean }, number, boolean][] =
        [
          [{}, 3, false],
          [{ oneFileSystem: true }, 1, false],
          [{ excludeMountPoints: true }, 1, true],
        ];
      for (const [settings, directories, refused] of cases) {
        using watched = new Watched(directory.path, settings);
        await watched.message('walked');
        assert.equal(watched.control.counters.directories, directories);
        assert.equal(watched.ruled().get('mnt') === 'content refused', refused);
      }
    } finally {
      execFileSync('umount', [mountPoint]);
    }
  },
);

test('object by object, the content of a replaced directory is sent as absent', async () => {
  using directory = scratch();
  using elsewhere = scratch();
  mkdirSync(`${directory.path}/d/old/deep`, { recursive: true });
  mkdirSync(`${elsewhere.path}/d/new`, { recursive: true });
  using watched = new Watched(directory.path, { detail: 'objects' });
  await watched.message('walked');
  assert.equal(watched.told().get('')?.before, ObjectType.absent);
  renameSync(`${directory.path}/d`, `${elsewhere.path}/old`);
  renameSync(`${elsewhere.path}/d`, `${directory.path}/d`);
  await watched.quiet();
  const after = Object.fromEntries([...watched.told()].map(([path, entry]) => [path, entry.after]));
  const { absent, directory: made } = ObjectType;
  assert.deepEqual(
    after,
    { d: made, 'd/new': made, 'd/old': absent },
    'what was in old goes with it',
  );
});

test(
  'with an entry for every object, the sub-directories of directories that change places are ' +
    'told as gone',
  async () => {
    using directory = scratch();
    for (const name of ['a/x', 'b/y']) mkdirSync(`${directory.path}/${name}`, { recursive: true });
    using watched = new Watched(directory.path, { detail: 'objects' });
    await watched.message('walked');
    watched.told();
    renameSync(`${directory.path}/a`, `${directory.path}/t`);
    renameSync(`${directory.path}/b`, `${directory.path}/a`);
    renameSync(`${directory.path}/t`, `${directory.path}/b`);
    await watched.quiet();
    const after = Object.fromEntries(
      [...watched.told()].map(([path, entry]) => [path, entry.after]),
    );
    const { absent, directory: there } = ObjectType;
    assert.deepEqual(after, {
      a: there,
      'a/x': absent,
      'a/y': there,
      b: there,
      'b/y': absent,
      'b/x': there,
      t: absent,
    });
  },
);

test('with an entry for every object, a directory that is moved out is sent once', async () => {
  using directory = scratch();
  using elsewhere = scratch();
  mkdirSync(`${directory.path}/d/e/f`, { recursive: true });
  using watched = new Watched(directory.path, { detail: 'objects' });
  await watched.message('walked');
  watched.told();
  renameSync(`${directory.path}/d`, `${elsewhere.path}/d`);
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['d']);
});

test('with an entry for every object, a walk sends directories that were not watched', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/d/e/f`, { recursive: true });
  using watched = new Watched(directory.path, {
    detail: 'objects',
    rules: [{ allow: false, kind: 'm', pattern: fromText('.'), line: 1 }],
  });
  await watched.message('walked');
  watched.told();
  rmSync(`${directory.path}/d/e`, { recursive: true });
  await watched.quiet();
  assert.equal(watched.told().size, 0);
  watched.control.rescan(ROOT);
  await watched.quiet();
  const after = Object.fromEntries([...watched.told()].map(([path, entry]) => [path, entry.after]));
  assert.deepEqual(after, {
    '': ObjectType.directory,
    d: ObjectType.directory,
    'd/e': ObjectType.absent,
  });
});
