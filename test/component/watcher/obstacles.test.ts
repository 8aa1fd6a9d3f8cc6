/** Paths that cannot be watched or named: each is reported once, and everything else goes on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ROOT } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { isRoot, ORDINARY_USER } from '../../harness/user.js';
import { scratch, Watched } from './support.js';

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

test('an unreadable directory is reported once, and walked when it can be read', () =>
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
      'cannot enter closed (EACCES): what is in it is not watched',
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
  }));

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
    using watched = new Watched(directory.path);
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
