/**
 * A tree with an object of every kind is mirrored, and so is every kind of change to it, as root
 * and as an ordinary user.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { makeManyFiles, makeOrdinaryTree, makeRootTree } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { ORDINARY_USER, as, isRoot, needsRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const USERS: readonly {
  readonly who: string;
  readonly user?: User;
  readonly skip: string | false;
}[] = [
  { who: isRoot ? 'root' : 'the invoking user', skip: false },
  { who: 'an ordinary user', user: ORDINARY_USER, skip: needsRoot },
];

/** The modes that keep a copy without a program of the user. */
const MODES = [
  { by: '', options: [] },
  { by: ' in mode mirror', options: ['-Mmirror'] },
] as const;

/** Also where the watch directory becomes empty. */
const EVERYTHING_MAY_GO = ['--max-delete=100%'];

for (const { who, user, skip, by, options } of USERS.flatMap((one) =>
  MODES.map((mode) => ({ ...one, ...mode })),
)) {
  test(
    `mirrors the existing tree at the start, as ${who}${by}`,
    { skip, timeout: DEADLINE },
    async (scope) => {
      const mirror = new Mirror(scope, {
        user,
        options,
        prepare: (source) => fill(source, user),
      });
      await mirror.equal();
    },
  );

  test(
    `mirrors objects made while it runs, as ${who}${by}`,
    { skip, timeout: DEADLINE },
    async (scope) => {
      const mirror = new Mirror(scope, {
        user,
        options,
        prepare: (source) => fs.writeFileSync(source + '/first', ''),
      });
      await mirror.daemon.until('the initial sync', () =>
        fs.existsSync(mirror.destination + '/first'),
      );
      as(user, () => fill(mirror.source, user));
      await mirror.equal();
    },
  );

  test(
    `mirrors every kind of change, as ${who}${by}`,
    { skip, timeout: DEADLINE },
    async (scope) => {
      const mirror = new Mirror(scope, {
        user,
        options: [...options, ...EVERYTHING_MAY_GO],
        prepare: (source) => fill(source, user),
      });
      await mirror.equal();
      for (const [name, change] of Object.entries(CHANGES)) {
        as(user, () => change(mirror.source + '/'));
        await mirror.equal().catch((error: unknown) => {
          throw new Error(
            `after ${name}: ${error instanceof Error ? error.message : String(error)}`,
          );
        });
      }
    },
  );
}

/** Changes in the order they are made: each works on the result of those before. */
const CHANGES: Readonly<Record<string, (root: string) => void>> = {
  'an edit': (root) => fs.appendFileSync(root + 'executable', 'more'),
  'a second write of the same size within a second': (root) => {
    fs.writeFileSync(root + 'executable', 'AAAA');
    fs.writeFileSync(root + 'executable', 'BBBB');
  },
  'an edit through one of two names': (root) => fs.appendFileSync(root + 'file', 'more'),
  'a time set back': (root) => fs.utimesSync(root + 'executable', 1e9, 1e9),
  'an edit whose time is set back': (root) => {
    const { atime, mtime } = fs.statSync(root + 'executable');
    fs.writeFileSync(root + 'executable', 'CCCC');
    fs.utimesSync(root + 'executable', atime, mtime);
  },
  'a mode': (root) => fs.chmodSync(root + 'executable', 0o700),
  'a new link to a file': (root) =>
    fs.linkSync(root + 'executable', root + 'directory/linked later'),
  'the end of a link': (root) => {
    fs.writeFileSync(root + 'unlinked', 'other');
    fs.renameSync(root + 'unlinked', root + 'directory/linked later');
  },
  'a renamed file': (root) => fs.renameSync(root + 'executable', root + 'renamed'),
  'a renamed directory': (root) => fs.renameSync(root + 'directory', root + 'moved'),
  'a change below the renamed directory': (root) =>
    fs.writeFileSync(root + 'moved/deep/new', 'new'),
  'a directory moved into another': (root) =>
    fs.renameSync(root + 'moved/deep', root + 'empty/deep'),
  'a directory moved out': (root) => fs.renameSync(root + 'empty/deep', root + '../deep'),
  'a change outside': (root) => fs.writeFileSync(root + '../deep/outside', 'x'),
  'a directory moved in': (root) => fs.renameSync(root + '../deep', root + 'back'),
  'a change below the directory moved in': (root) =>
    fs.writeFileSync(root + 'back/deeper/inside', 'x'),
  'two files that exchange names': (root) => {
    fs.renameSync(root + 'renamed', root + 'between');
    fs.renameSync(root + '-rf', root + 'renamed');
    fs.renameSync(root + 'between', root + '-rf');
  },
  'a file replaced by a directory': (root) => {
    fs.rmSync(root + 'renamed');
    fs.mkdirSync(root + 'renamed/below', { recursive: true });
    fs.writeFileSync(root + 'renamed/below/file', 'x');
  },
  'a directory replaced by a file': (root) => {
    fs.rmSync(root + 'back', { recursive: true });
    fs.writeFileSync(root + 'back', 'a file now');
  },
  'a directory replaced by a symlink': (root) => {
    fs.rmSync(root + 'renamed', { recursive: true });
    fs.symlinkSync('moved', root + 'renamed');
  },
  'a symlink to elsewhere': (root) => {
    fs.rmSync(root + 'renamed');
    fs.symlinkSync('/etc/passwd', root + 'renamed');
  },
  'a release': (root) => makeRelease(root + 'app', 'one'),
  'another release of equal sizes and times in its place': (root) => {
    fs.rmSync(root + 'app', { recursive: true });
    makeRelease(root + 'app', 'two');
  },
  'a prepared release moved in its place': (root) => {
    makeRelease(root + '../prepared', 'six');
    fs.renameSync(root + 'app', root + '../app');
    fs.renameSync(root + '../prepared', root + 'app');
  },
  'a second release beside it': (root) => makeRelease(root + 'beside', 'ten'),
  'two directories that exchange names': (root) => exchange(root + 'app', root + 'beside'),
  'a directory that exchanges names with one that holds another': (root) => {
    fs.mkdirSync(root + 'outer');
    fs.renameSync(root + 'beside', root + 'outer/app');
    exchange(root + 'outer/app', root + 'app');
  },
  'many directories at once': (root) => {
    fs.mkdirSync(root + 'burst');
    makeManyFiles(root + 'burst', 300, 60);
  },
  'a removed file': (root) => fs.rmSync(root + 'file'),
  'a removed tree': (root) => fs.rmSync(root + 'burst', { recursive: true }),
  'removed odd names': (root) => fs.rmSync(root + 'moved', { recursive: true }),
  'the time of the root itself': (root) => fs.utimesSync(root, 1e9, 1e9),
  'the removal of all': (root) => {
    for (const name of fs.readdirSync(root, { encoding: 'buffer' }))
      fs.rmSync(Buffer.concat([Buffer.from(root), name]), { recursive: true, force: true });
  },
};

/** Makes files of equal size and time, as reproducible builds do. */
function makeRelease(root: string, content: string): void {
  fs.mkdirSync(root + '/lib', { recursive: true });
  for (const name of ['main', 'lib/one', 'lib/two']) {
    fs.writeFileSync(`${root}/${name}`, content);
    fs.utimesSync(`${root}/${name}`, 1e9, 1e9);
  }
  for (const name of ['lib', '']) fs.utimesSync(`${root}/${name}`, 1e9, 1e9);
}

/**
 * Exchanges two paths by renameat2(2) with RENAME_EXCHANGE if perl(1) has it, else in three steps.
 */
function exchange(one: string, other: string): void {
  const call = ({ x64: 316, arm64: 276 } as Partial<Record<NodeJS.Architecture, number>>)[
    process.arch
  ];
  const exchanged =
    call !== undefined &&
    spawnSync('perl', [
      '-e',
      `exit(syscall(${call}, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 ? 0 : 1)`,
      one,
      other,
    ]).status === 0;
  if (exchanged) return;
  fs.renameSync(one, one + ' between');
  fs.renameSync(other, one);
  fs.renameSync(one + ' between', other);
}

function fill(source: string, user?: User): void {
  makeOrdinaryTree(source);
  if (!user) makeRootTree(source);
}

test(
  'a directory that is bound into the source twice is mirrored under both names',
  { skip: needsMounts(), timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [own, bound] = ['own', 'bound'].map((name) => subdirectory(base, `source/${name}`)) as [
      string,
      string,
    ];
    mountAt(scope, ['--bind', own], bound);
    const mirror = new Mirror(scope, { base, prepare: () => fs.writeFileSync(`${own}/first`, '') });
    await mirror.equal();
    fs.writeFileSync(`${bound}/second`, 'x');
    await mirror.equal();
    fs.appendFileSync(`${own}/second`, 'y');
    fs.mkdirSync(`${own}/directory`);
    fs.writeFileSync(`${own}/directory/third`, 'z');
    await mirror.equal();
    fs.renameSync(`${bound}/directory`, `${bound}/renamed`);
    await mirror.equal();
  },
);
