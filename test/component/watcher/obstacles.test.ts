/** Paths that cannot be watched or named: each is reported once, and everything else goes on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROOT } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { native } from '../../../src/shared/native.js';
import { codeOf } from '../../../src/shared/system-errors.js';
import { isRoot, ORDINARY_USER } from '../../harness/user.js';
import { until } from '../../harness/until.js';
import { DEFAULTS, scratch, WALKED, Watched } from './support.js';

/** Runs `work` with the effective ids of an ordinary user, to whom permissions apply. */
async function asUser(work: () => Promise<void>): Promise<void> {
  if (!isRoot) return work();
  process.setegid?.(ORDINARY_USER.gid);
  process.seteuid?.(ORDINARY_USER.uid);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/**
 * What concerns a directory by itself is told of those in the table only: the others are polled.
 */
const skip = DEFAULTS.monitor === 'fanotify' ? 'its new mode is noticed by --poll-interval' : false;

test('an unreadable directory is reported once, and walked when it can be read', { skip }, () =>
  asUser(async () => {
    using directory = scratch();
    const closed = `${directory.path}/closed`;
    mkdirSync(closed);
    mkdirSync(`${directory.path}/open`);
    writeFileSync(`${closed}/f`, '');
    chmodSync(closed, 0);
    assert.throws(() => readFileSync(`${closed}/f`), 'the test runs with too many rights');
    using watched = new Watched(directory.path);
    await watched.message('walked');
    writeFileSync(`${directory.path}/open/f`, '');
    watched.control.rescan(ROOT);
    await watched.quiet();
    assert.deepEqual(watched.records, [
      'cannot enter closed (permission denied): what is in it is not watched',
    ]);
    assert.ok(watched.told().has('open/f'));
    assert.equal(watched.control.counters.directories, 2);
    chmodSync(closed, 0o700);
    await watched.quiet();
    assert.equal(
      (watched.told().get('closed')?.flags ?? 0) & EntryFlag.recursive,
      EntryFlag.recursive,
    );
    writeFileSync(`${closed}/g`, '');
    await watched.quiet();
    assert.deepEqual([...watched.told().keys()], ['closed/g']);
  }),
);

test('a path over PATH_MAX is reported, and the directories above it are watched', async () => {
  using directory = scratch();
  const name = 'n'.repeat(255);
  const before = process.cwd();
  try {
    process.chdir(directory.path);
    for (let depth = 0; depth < 20; depth++) {
      mkdirSync(name);
      process.chdir(name);
    }
    process.chdir(before);
    using watched = new Watched(directory.path, WALKED);
    await watched.message('walked');
    assert.equal(
      watched.control.counters.directories,
      1 + 16,
      'the root, and as many names as make a path of less than 4096 bytes',
    );
    assert.match(
      watched.records.join('\n'),
      /^a name in n.* makes a path longer than PATH_MAX: what has such a path is not synced$/,
    );
    const told = [...watched.told().values()];
    assert.equal(told.filter(({ flags }) => (flags & EntryFlag.overlong) !== 0).length, 1);
    const deepest = Array.from({ length: 12 }, () => name).join('/');
    writeFileSync(`${directory.path}/${deepest}/f`, '');
    await watched.quiet();
    assert.ok(watched.told().has(`${deepest}/f`));
  } finally {
    process.chdir(before);
    execFileSync('rm', ['-rf', `${directory.path}/${name}`]);
  }
});

/** Opens descriptors until none is left. */
function useUpDescriptors(): number[] {
  const used: number[] = [];
  for (;;) {
    try {
      used.push(openSync('/', 'r'));
    } catch (error) {
      if (codeOf(error) !== 'EMFILE') throw error;
      return used;
    }
  }
}

test(
  'a directory that a walk could not open, for lack of descriptors, is walked again after a pause, ' +
    'and watched once there are some, without a further event',
  async ({ mock }) => {
    using directory = scratch();
    using watched = new Watched(directory.path, WALKED);
    await watched.message('walked');
    const soft = ['--nofile', '--noheadings', '--output=SOFT'];
    const limit = (...words: string[]): string =>
      execFileSync('prlimit', [`--pid=${process.pid}`, ...words])
        .toString()
        .trim();
    const before = limit(...soft);
    limit('--nofile=256:');
    const used = useUpDescriptors();
    try {
      // Enough for the directory and one that is found in it (two while it is opened), not for
      // both.
      for (const descriptor of used.splice(-3)) closeSync(descriptor);
      for (const name of ['d', 'd/e', 'd/f']) mkdirSync(`${directory.path}/${name}`);
      await watched.quiet();
      const walks = mock.method(native, 'monitorWalk').mock;
      for (let turns = 0; turns < 200; turns++) await nextTurn();
      assert.ok(walks.callCount() < 20, `${walks.callCount()} walks in 200 turns`);
      assert.equal(watched.control.counters.directories, 3);
    } finally {
      for (const descriptor of used) closeSync(descriptor);
      limit(`--nofile=${before}:`);
    }
    await until('both to be watched', () => watched.control.counters.directories === 4);
  },
);
