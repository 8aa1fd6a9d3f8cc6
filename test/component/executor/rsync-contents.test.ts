/** Mode rsyncdirect: what is read and what is taken for equal; holes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Driver } from './driver.js';
import { entry } from '../../harness/entries.js';
import { stage, NEW, NEW_DIRECTORY, differences, source, write, elsewhere } from './rsync-stage.js';

test('files swapped by rename or set back are read, though size and time are equal', async () => {
  for (const [name, text] of [
    ['a', 'one'],
    ['b', 'two'],
    ['c', 'old'],
  ] as const) {
    write(name, text);
    utimesSync(source(name), 1000, 1000);
  }
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  renameSync(source('a'), source('t'));
  renameSync(source('b'), source('a'));
  renameSync(source('t'), source('b'));
  write('c', 'new');
  utimesSync(source('c'), 1000, 1000);
  await stage.driver.sync(
    entry('a', IN.MOVED_FROM | IN.MOVED_TO),
    entry('b', IN.MOVED_FROM | IN.MOVED_TO),
    entry('c', IN.MODIFY),
    entry('t', IN.MOVED_TO | IN.MOVED_FROM),
  );
  assert.equal(differences(), '');
});

test('a file of the future replaced by one of the same size and time is read', async () => {
  const future = Date.now() / 1000 + 3e6;
  write('f', 'old');
  utimesSync(source('f'), future, future);
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('f', 'new');
  utimesSync(source('f'), future, future);
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

test('a file written and set back at once is read', async () => {
  write('f', 'old');
  await sleep(50);
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  const { atimeMs, mtimeMs } = lstatSync(source('f'));
  utimesSync(source('f'), atimeMs / 1000, mtimeMs / 1000);
  await stage.driver.sync(entry('f', IN.ATTRIB));
  write('f', 'new');
  utimesSync(source('f'), atimeMs / 1000, mtimeMs / 1000);
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

for (const [where, settings] of [
  ['here', () => ({})],
  ['on another host', elsewhere],
] as const)
  test(
    `a full sync finds what was replaced without an event, ${where}, though sizes and times ` +
      'are equal; what is moved in is found at once',
    async () => {
      const fill = (text: string): void => {
        mkdirSync(source('moved'), { recursive: true });
        for (const name of ['f', 'moved/f']) {
          write(name, text);
          utimesSync(source(name), 1000, 1000);
        }
        utimesSync(source('moved'), 1000, 1000);
      };
      fill('new');
      renameSync(source('moved'), join(stage.scratch.root, 'elsewhere'));
      fill('old');
      stage.driver = new Driver(stage.scratch.settings(settings()));
      await stage.driver.begin();
      write('f', 'new');
      utimesSync(source('f'), 1000, 1000);
      rmSync(source('moved'), { recursive: true });
      renameSync(join(stage.scratch.root, 'elsewhere'), source('moved'));
      stage.driver.resync();
      await stage.driver.until('the full sync', () => stage.driver.synced.length === 2);
      assert.equal(differences(), '');
      mkdirSync(join(stage.scratch.root, 'prepared'));
      writeFileSync(join(stage.scratch.root, 'prepared/f'), 'six');
      utimesSync(join(stage.scratch.root, 'prepared/f'), 1000, 1000);
      renameSync(source('moved'), join(stage.scratch.root, 'elsewhere'));
      renameSync(join(stage.scratch.root, 'prepared'), source('moved'));
      await stage.driver.sync(
        entry('moved', (IN.MOVED_FROM | IN.MOVED_TO | IN.ISDIR) >>> 0, EntryFlag.recursive),
      );
      assert.equal(differences(), '');
    },
  );

test('a file checked at one start and found equal is not checked at the next', async () => {
  const lists = join(stage.scratch.root, 'lists');
  const settings = stage.scratch.settings({
    dontUnlinkLists: true,
    listsDirectory: fromText(lists),
  });
  for (const side of [stage.scratch.destination, stage.scratch.source]) {
    mkdirSync(join(side, 'd'));
    for (const name of ['f', 'd/g', 'd']) {
      if (name !== 'd') writeFileSync(join(side, name), 'same');
      utimesSync(join(side, name), 1000, 1000);
    }
    // Longer than one or two ticks of the kernel.
    await sleep(50);
  }
  const listed = (): string[] =>
    readdirSync(lists)
      .filter((name) => name.startsWith('.clsync-list'))
      .map((name) => readFileSync(join(lists, name), 'latin1'));
  stage.driver = new Driver(settings);
  await stage.driver.begin();
  assert.deepEqual(
    listed().map((list) => list.split('\0').sort().join(' ')),
    [' ./d/g ./f'],
  );
  await stage.driver.end();
  for (const name of readdirSync(lists)) rmSync(join(lists, name));
  stage.driver = new Driver(settings);
  await stage.driver.begin();
  assert.deepEqual(listed(), []);
});

test('holes stay holes, at the start and later', async () => {
  const size = 1 << 26;
  const makeHoles = (name: string): void => truncateSync(source(name), size);
  mkdirSync(source('d'));
  for (const name of ['first', 'd/first', 'linked']) {
    write(name);
    makeHoles(name);
  }
  linkSync(source('linked'), source('d/linked'));
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  mkdirSync(source('new'));
  for (const name of ['later', 'new/later']) {
    write(name);
    makeHoles(name);
  }
  await stage.driver.sync(entry('later', NEW), entry('new', NEW_DIRECTORY, EntryFlag.recursive));
  for (const name of ['first', 'd/first', 'linked', 'd/linked', 'later', 'new/later']) {
    const copy = lstatSync(join(stage.scratch.destination, name));
    assert.equal(copy.size, size);
    assert.ok(copy.blocks < 1000, `${name}: ${copy.blocks} blocks`);
  }
  assert.equal(
    lstatSync(join(stage.scratch.destination, 'linked')).ino,
    lstatSync(join(stage.scratch.destination, 'd/linked')).ino,
  );
});

test(
  'a destination on another host that keeps whole seconds is not copied again, and a second ' +
    'write within a second arrives',
  async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      write(name, 'old');
      writeFileSync(join(stage.scratch.destination, name), 'old');
      const seconds = Math.floor(lstatSync(source(name)).mtimeMs / 1000);
      utimesSync(source(name), seconds, seconds + 0.5);
      utimesSync(join(stage.scratch.destination, name), seconds, seconds);
    }
    const inodes = (): number[] =>
      names.map((name) => lstatSync(join(stage.scratch.destination, name)).ino);
    const before = inodes();
    stage.driver = new Driver(stage.scratch.settings(elsewhere()));
    await stage.driver.begin();
    assert.deepEqual(inodes(), before);
    write('a', 'new');
    const { mtimeMs } = lstatSync(join(stage.scratch.destination, 'a'));
    utimesSync(source('a'), mtimeMs / 1000, mtimeMs / 1000 + 0.6);
    await stage.driver.sync(entry('a', NEW));
    assert.equal(readFileSync(join(stage.scratch.destination, 'a'), 'latin1'), 'new');
  },
);

test('a second write of the same size within a second is copied', async () => {
  write('f', 'aaa');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('f', 'bbb');
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

test('a directory whose path is as long as a path may be is synced as others are', async (t) => {
  const names = Array.from({ length: 16 }, () => 'n'.repeat(250));
  const deep = names.join('/');
  assert.ok(deep.length < 4096 && deep.length > 4000);
  t.after(() => void execFileSync('rm', ['-rf', source(names[0] as string)]));
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  // Of the whole path no system call would take more.
  const make = 'import os, sys\nfor n in sys.argv[1:]: os.mkdir(n); os.chdir(n)\nopen("f", "w")';
  execFileSync('python3', ['-c', make, ...names], { cwd: source() });
  await stage.driver.sync(entry(deep, NEW_DIRECTORY, EntryFlag.recursive));
  assert.equal(differences(), '');
});
