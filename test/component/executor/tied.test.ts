import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { EntryFlag } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { native } from '../../../src/shared/native.js';
import { compareTrees, describeDifferences } from '../../harness/compare.js';
import { Driver } from './driver.js';
import { entry } from '../../harness/entries.js';
import { Scratch } from '../../harness/scratch.js';

const NEW = IN.CREATE;
const OLD = 1_000_000_000;

let scratch: Scratch;
let driver: Driver | undefined;

beforeEach(() => {
  scratch = new Scratch();
  driver = undefined;
});

afterEach(async () => {
  await driver?.end();
  scratch.remove();
});

const source = (name: string): string => join(scratch.source, name);
const copy = (name: string): string => join(scratch.destination, name);
const inode = (path: string): number => lstatSync(path).ino;

function assertEqual(): void {
  const differences = compareTrees(scratch.source, scratch.destination);
  assert.deepEqual(differences, [], describeDifferences(differences));
}

async function begin(): Promise<Driver> {
  driver = new Driver(scratch.settings());
  await driver.begin();
  assertEqual();
  return driver;
}

function file(path: string): void {
  writeFileSync(path, 'content');
  utimesSync(path, OLD, OLD);
}

function fifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

const KINDS = {
  'a symbolic link': (path: string) => symlinkSync('target', path),
  'a named pipe': fifo,
  'a file': file,
  'an empty file': (path: string) => {
    writeFileSync(path, '');
    utimesSync(path, OLD, OLD);
  },
} as const;

for (const [kind, make] of Object.entries(KINDS)) {
  test(
    `a name of ${kind} that was replaced by another that is the same is no longer linked ` +
      'with the others',
    async () => {
      make(source('a'));
      linkSync(source('a'), source('b'));
      linkSync(source('a'), source('c'));
      const begun = await begin();
      rmSync(source('b'));
      make(source('b'));
      await begun.sync(entry('a', IN.ATTRIB), entry('b', NEW), entry('c', IN.ATTRIB));
      assertEqual();
    },
  );

  test(
    `names of two objects, each ${kind} and the same, that were exchanged are linked as in ` +
      'the source',
    async () => {
      for (const [name, other] of [
        ['a', 'b'],
        ['c', 'd'],
      ] as const) {
        make(source(name));
        linkSync(source(name), source(other));
      }
      const begun = await begin();
      renameSync(source('b'), source('x'));
      renameSync(source('c'), source('b'));
      renameSync(source('x'), source('c'));
      await begun.sync(...['a', 'b', 'c', 'd'].map((name) => entry(name, IN.MOVED_TO)));
      assertEqual();
    },
  );

  for (const directory of ['', 'in']) {
    test(
      `a sync of ${directory || 'everything'} finds names of ${kind} that are linked at the ` +
        'destination only',
      async () => {
        for (const root of [scratch.source, scratch.destination]) {
          mkdirSync(join(root, 'in'));
          make(join(root, 'in/a'));
        }
        for (const name of ['b', 'c']) linkSync(copy('in/a'), copy('in/' + name));
        make(source('in/b'));
        linkSync(source('in/b'), source('in/c'));
        driver = new Driver(scratch.settings({ skipInitialSync: directory !== '' }));
        if (directory === '') await driver.begin();
        else {
          driver.walked();
          await driver.sync(entry(directory, (IN.MOVED_TO | IN.ISDIR) >>> 0, EntryFlag.recursive));
        }
        assertEqual();
      },
    );
  }
}

/** Snapshots of the destination are made of such links; they must not be copied again. */
test('a file linked only with a path outside the destination stays as it is', async () => {
  file(source('f'));
  file(copy('f'));
  linkSync(copy('f'), join(scratch.root, 'snapshot'));
  await begin();
  assert.equal(inode(copy('f')), inode(join(scratch.root, 'snapshot')));
});

test('one of several names is removed, no directory, and nothing behind a symbolic link', () => {
  const outside = join(scratch.root, 'outside');
  mkdirSync(outside);
  for (const path of [join(outside, 'a'), copy('a'), copy('single')]) writeFileSync(path, '');
  linkSync(join(outside, 'a'), join(outside, 'b'));
  linkSync(copy('a'), copy('b'));
  mkdirSync(copy('directory/in'), { recursive: true });
  symlinkSync(outside, copy('link'));
  const root = native.openRoot(Buffer.from(scratch.destination));
  try {
    for (const path of ['link/a', '../outside/a', 'directory', 'single', 'gone', 'gone/too'])
      assert.equal(native.removeTied(root, Buffer.from(path)), false, path);
    assert.equal(native.removeTied(root, Buffer.from('a')), true);
  } finally {
    closeSync(root);
  }
  assert.deepEqual(
    [outside + '/a', copy('a'), copy('b'), copy('single'), copy('directory/in')].map(existsSync),
    [true, false, true, true, true],
  );
});
