/**
 * Mode mirror of an ordinary user, at whose destination are modes that keep their owner out, and
 * objects of others: root has its way there, and so have these tests only of an ordinary user.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { ORDINARY_USER, as, needsRoot } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE, skip: needsRoot };

interface Case {
  /** Makes what the daemon is to copy, in an empty directory. */
  readonly prepare: (source: string) => void;
  /** What stands in the way in the copy, which root puts there. */
  readonly obstruct?: (copy: string) => void;
  readonly change: (source: string) => void;
}

const write = (path: string, content: string): void => {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, content);
};
const close = (mode: number, ...paths: readonly string[]): void => {
  for (const path of paths) fs.chmodSync(path, mode);
};

const CASES: Readonly<Record<string, Case>> = {
  'a directory without permissions': {
    prepare: (at) => write(`${at}/d/f`, 'old'),
    obstruct: (at) => close(0, `${at}/d`),
    change: (at) => write(`${at}/d/f`, 'changed'),
  },
  'directories that cannot be gone through': {
    prepare: (at) => write(`${at}/a/b/c/f`, 'old'),
    obstruct: (at) => close(0o600, `${at}/a/b/c`, `${at}/a/b`, `${at}/a`),
    change: (at) => write(`${at}/a/b/c/f`, 'changed'),
  },
  'a directory that cannot be listed, with a name too many': {
    prepare: (at) => write(`${at}/d/e/f`, 'old'),
    obstruct: (at) => close(0o300, `${at}/d`, `${at}/d/e`),
    change: (at) => fs.rmSync(`${at}/d/e/f`),
  },
  'a closed tree that is deleted': {
    prepare: (at) => write(`${at}/d/e/f`, 'old'),
    obstruct: (at) => close(0, `${at}/d/e`, `${at}/d`),
    change: (at) => fs.rmSync(`${at}/d`, { recursive: true }),
  },
  'a read-only tree that is deleted': {
    prepare: (at) => {
      write(`${at}/d/e/f`, 'old');
      close(0o500, `${at}/d/e`, `${at}/d`);
    },
    change: (at) => {
      close(0o700, `${at}/d`, `${at}/d/e`);
      fs.rmSync(`${at}/d`, { recursive: true });
    },
  },
  'a read-only directory that is moved out of one': {
    prepare: (at) => {
      write(`${at}/d/e/f`, 'old');
      fs.mkdirSync(`${at}/o`);
      close(0o500, `${at}/d/e`, `${at}/d`);
    },
    change: (at) => {
      close(0o700, `${at}/d`, `${at}/d/e`);
      fs.renameSync(`${at}/d/e`, `${at}/o/e`);
      close(0o500, `${at}/d`, `${at}/o/e`);
    },
  },
  'a read-only directory that becomes a file': {
    prepare: (at) => {
      write(`${at}/d/f`, 'old');
      close(0o500, `${at}/d`);
    },
    change: (at) => {
      close(0o700, `${at}/d`);
      fs.rmSync(`${at}/d`, { recursive: true });
      write(`${at}/d`, 'changed');
    },
  },
  "others' file and link": {
    prepare: (at) => {
      write(`${at}/f`, 'same');
      fs.symlinkSync('nowhere', `${at}/l`);
    },
    obstruct: (at) => {
      for (const name of ['f', 'l']) fs.lchownSync(`${at}/${name}`, 0, 0);
    },
    change: (at) => {
      close(0o600, `${at}/f`);
      fs.lutimesSync(`${at}/l`, 7, 7);
    },
  },
};

test(
  'what keeps an ordinary user out at the destination does not keep it from being made equal',
  LIMIT,
  async (scope) => {
    const cases = Object.values(CASES);
    const base = temporaryDirectory(scope, ORDINARY_USER);
    const backup = subdirectory(base, 'backup', ORDINARY_USER);
    const mirror = new Mirror(scope, {
      base,
      user: ORDINARY_USER,
      options: ['-Mmirror', '--backup-dir', backup, '--max-delete=100%'],
      prepare: (source) =>
        cases.forEach(({ prepare }, index) => {
          fs.mkdirSync(`${source}/${index}`);
          prepare(`${source}/${index}`);
        }),
    });
    await mirror.equal();
    cases.forEach(({ obstruct }, index) => obstruct?.(`${mirror.destination}/${index}`));
    as(ORDINARY_USER, () =>
      cases.forEach(({ change }, index) => change(`${mirror.source}/${index}`)),
    );
    await mirror.equal();
    assert.doesNotMatch(mirror.daemon.output, /cannot/);
  },
);

test(
  'a destination that is read-only to its owner, with files of others that have two names',
  LIMIT,
  async (scope) => {
    const base = temporaryDirectory(scope, ORDINARY_USER);
    const { uid, gid } = ORDINARY_USER;
    const sides = ['source', 'destination'].map((name) => subdirectory(base, name, ORDINARY_USER));
    // Several, so that for some either name is the first in the directory.
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const side of sides) {
      for (const file of files) {
        write(`${side}/${file}`, 'same');
        fs.utimesSync(`${side}/${file}`, 7, 7);
        fs.linkSync(`${side}/${file}`, `${side}/${file}2`);
      }
      close(0o500, side);
    }
    for (const file of files) {
      fs.chownSync(`${base}/source/${file}`, uid, gid);
      close(0o600, `${base}/source/${file}`);
    }
    const mirror = new Mirror(scope, {
      base,
      user: ORDINARY_USER,
      options: ['-Mmirror', '--only-initialsync'],
    });
    const { daemon } = mirror;
    assert.deepEqual(await daemon.exited, { code: 0, signal: null }, daemon.output);
    assert.deepEqual(mirror.differences(), []);
  },
);

test('an owner whom the namespace does not know is not taken for oneself', LIMIT, async (scope) => {
  // Has the number with which a user namespace shows all that it does not know, such as root's.
  const user = { name: 'nobody', uid: 65_534, gid: 65_534 };
  const base = temporaryDirectory(scope, user);
  const roots = subdirectory(base, 'roots');
  const { daemon } = new Mirror(scope, {
    base,
    user,
    destination: () => roots,
    options: ['-Mmirror', '--only-initialsync'],
    prepare: (source) => write(`${source}/f`, 'f'),
  });
  assert.deepEqual(await daemon.exited, { code: 13, signal: null }, daemon.output);
  assert.match(daemon.output, /giving up: \S+roots: permission denied/);
});
