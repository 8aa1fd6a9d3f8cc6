import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { covers, scratch, Watched } from './support.js';

test('the initial walk sends the root, recursively, and then reports its end', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/a/b`, { recursive: true });
  using watched = new Watched(directory.path);
  await watched.message('walked');
  const told = watched.told();
  assert.deepEqual([...told.keys()], ['']);
  assert.equal(told.get('')?.flags, EntryFlag.recursive | EntryFlag.initial);
  // With a mark for the file system, those in which something happens.
  const known = watched.monitor === 'fanotify' ? 1 : 3;
  assert.equal(watched.control.counters.directories, known);
});

test('a file made, written, changed, renamed and removed is sent each time', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/d`);
  using watched = new Watched(directory.path);
  await watched.message('walked');
  const file = `${directory.path}/d/f`;
  const steps: [string, () => void, number, number][] = [
    ['d/f', () => writeFileSync(file, 'x'), IN.CREATE | IN.CLOSE_WRITE, ObjectType.file],
    ['d/f', () => appendFileSync(file, 'y'), IN.MODIFY, ObjectType.file],
    ['d/f', () => chmodSync(file, 0o600), IN.ATTRIB, ObjectType.file],
    ['d/g', () => renameSync(file, `${directory.path}/d/g`), IN.MOVED_TO, ObjectType.file],
    ['d/g', () => unlinkSync(`${directory.path}/d/g`), IN.DELETE, ObjectType.absent],
    ['s', () => symlinkSync('nowhere', `${directory.path}/s`), IN.CREATE, ObjectType.file],
    ['', () => chmodSync(directory.path, 0o750), IN.ATTRIB, ObjectType.directory],
  ];
  for (const [path, change, mask, after] of steps) {
    watched.told();
    change();
    await watched.quiet();
    const entry = watched.told().get(path);
    assert.ok(entry !== undefined, `${path} is told`);
    assert.equal(
      entry.mask & mask,
      mask,
      `${path} has ${mask.toString(16)} in ${entry.mask.toString(16)}`,
    );
    assert.equal(entry.after, after);
  }
});

test('directories made as fast as possible are all found, and watched', async () => {
  using directory = scratch();
  using watched = new Watched(directory.path);
  await watched.message('walked');
  for (let i = 0; i < 200; i++) {
    mkdirSync(`${directory.path}/${i}/a/b`, { recursive: true });
    writeFileSync(`${directory.path}/${i}/a/b/f`, 'x');
  }
  await watched.quiet();
  const told = watched.told();
  for (let i = 0; i < 200; i++) assert.ok(covers(told, `${i}/a/b/f`), `${i}`);
  assert.equal(watched.control.counters.directories, 601);
  writeFileSync(`${directory.path}/150/a/b/g`, 'x');
  await watched.quiet();
  assert.ok(watched.told().has('150/a/b/g'));
});

test('a renamed directory is sent under both paths, and stays watched at the new one', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/a/deep/er`, { recursive: true });
  mkdirSync(`${directory.path}/b`);
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  renameSync(`${directory.path}/a`, `${directory.path}/b/c`);
  await watched.quiet();
  const told = watched.told();
  assert.equal(told.get('a')?.after, ObjectType.absent);
  assert.equal((told.get('b/c')?.flags ?? 0) & EntryFlag.recursive, EntryFlag.recursive);
  writeFileSync(`${directory.path}/b/c/deep/er/f`, '');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['b/c/deep/er/f']);
  assert.equal(watched.control.counters.directories, 5);
});

test('directories that change places are sent whole', async () => {
  using directory = scratch();
  for (const name of ['a/x', 'b/y']) mkdirSync(`${directory.path}/${name}`, { recursive: true });
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  renameSync(`${directory.path}/a`, `${directory.path}/t`);
  renameSync(`${directory.path}/b`, `${directory.path}/a`);
  renameSync(`${directory.path}/t`, `${directory.path}/b`);
  // And one directory is moved to the place of its former parent.
  renameSync(`${directory.path}/b/x`, `${directory.path}/x`);
  renameSync(`${directory.path}/b`, `${directory.path}/x/b`);
  await watched.quiet();
  const told = watched.told();
  for (const path of ['a', 'x'])
    assert.equal((told.get(path)?.flags ?? 0) & EntryFlag.recursive, EntryFlag.recursive, path);
  assert.equal(told.get('b')?.after, ObjectType.absent);
  writeFileSync(`${directory.path}/x/b/f`, '');
  writeFileSync(`${directory.path}/a/y/f`, '');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()].sort(), ['a/y/f', 'x/b/f']);
});

test('a removed directory that is made again is sent whole', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/d/e`, { recursive: true });
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  rmSync(`${directory.path}/d`, { recursive: true });
  mkdirSync(`${directory.path}/d`);
  await watched.quiet();
  assert.equal((watched.told().get('d')?.flags ?? 0) & EntryFlag.recursive, EntryFlag.recursive);
});

test('a directory moved out is sent as absent, and no longer watched', async () => {
  using directory = scratch();
  using elsewhere = scratch();
  mkdirSync(`${directory.path}/d/e`, { recursive: true });
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  renameSync(`${directory.path}/d`, `${elsewhere.path}/d`);
  await watched.quiet();
  assert.equal(watched.told().get('d')?.after, ObjectType.absent);
  writeFileSync(`${elsewhere.path}/d/e/f`, '');
  await watched.quiet();
  assert.equal(watched.told().size, 0);
});

test('all names of an inode become dirty together', async () => {
  using directory = scratch();
  mkdirSync(`${directory.path}/d`);
  writeFileSync(`${directory.path}/d/a`, 'x');
  linkSync(`${directory.path}/d/a`, `${directory.path}/b`);
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  appendFileSync(`${directory.path}/b`, 'y');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()].sort(), ['b', 'd/a']);
  unlinkSync(`${directory.path}/b`);
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()].sort(), ['b', 'd/a']);
});

test('a write through a name that the walk has not looked at arrives under the others', async () => {
  using elsewhere = scratch();
  let number = 0;
  const away = (path: string): void => renameSync(path, `${elsewhere.path}/${number++}`);
  const another = (path: string): void => (unlinkSync(path), writeFileSync(path, 'another'));
  const inPlace = (path: string): void => {
    writeFileSync(`${elsewhere.path}/new`, 'another');
    renameSync(`${elsewhere.path}/new`, path);
  };
  for (const [what, then] of [
    ['stays', () => undefined],
    ['is removed', unlinkSync],
    ['is moved out', away],
    ['is made anew', another],
    ['is replaced', inPlace],
    ['becomes a directory', (path: string) => (unlinkSync(path), mkdirSync(path))],
    ['goes with its directory', (path: string) => rmSync(dirname(path), { recursive: true })],
    ['is moved out with its directory', (path: string) => away(dirname(path))],
  ] as const) {
    using directory = scratch();
    const [a, b] = [`${directory.path}/d/a`, `${directory.path}/b`];
    mkdirSync(`${directory.path}/d`);
    writeFileSync(a, 'x');
    linkSync(a, b);
    using watched = new Watched(directory.path);
    await watched.message('walked');
    watched.told();
    appendFileSync(a, 'y');
    then(a);
    await watched.quiet();
    assert.ok(covers(watched.told(), 'b'), `one ${what}`);
  }
});

test('a change through a removed name concerns the others, also when the name is taken again', async () => {
  for (const taken of ['no', 'made', 'moved']) {
    using directory = scratch();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${directory.path}/${name}`) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(a, 'x');
    for (const name of [b, c]) linkSync(a, name);
    writeFileSync(d, 'another');
    using watched = new Watched(directory.path);
    await watched.message('walked');
    const fd = openSync(a, 'r');
    unlinkSync(a);
    await watched.quiet();
    watched.told();
    fchmodSync(fd, 0o400);
    if (taken === 'made') writeFileSync(a, 'another');
    if (taken === 'moved') renameSync(d, a);
    await watched.quiet();
    const told = watched.told();
    for (const name of ['a', 'b', 'c']) assert.ok(told.has(name), `${name}, taken: ${taken}`);
    closeSync(fd);
  }
});

test('the executor is never sent more entries than it granted', async () => {
  using directory = scratch();
  using watched = new Watched(directory.path, {}, 3);
  await watched.message('walked');
  for (let i = 0; i < 50; i++) writeFileSync(`${directory.path}/${i}`, '');
  const quiet = watched.quiet();
  watched.grant(2);
  while (watched.control.counters.pending < 46)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(watched.entries.length, 5);
  watched.grant(100);
  await quiet;
  assert.equal(watched.told().size, 51);
});

test('a watch directory that is moved away is reported, and nothing after it', async () => {
  using directory = scratch();
  const root = `${directory.path}/root`;
  mkdirSync(root);
  using watched = new Watched(root);
  await watched.message('walked');
  watched.told();
  renameSync(root, `${directory.path}/elsewhere`);
  await watched.message('rootGone');
  writeFileSync(`${directory.path}/elsewhere/f`, '');
  watched.control.rescan(ROOT);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(watched.told().size, 0);
});
