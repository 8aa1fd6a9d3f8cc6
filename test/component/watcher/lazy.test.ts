/**
 * Directories that are entered when something happens in them: with a mark for the file system, no
 * walk comes before the watch. Repeated by monitors.test.ts; by itself there is no mark.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { WatcherSettings } from '../../../src/shared/settings.js';
import { native } from '../../../src/shared/native.js';
import { needsMounts } from '../../harness/offers.js';
import { until } from '../../harness/until.js';
import { covers, DEFAULTS, REPEATED, scratch, Watched } from './support.js';

const skip = DEFAULTS.monitor === 'fanotify' ? false : 'there is no mark for the file system';

/** No search for other names of a file enters directories. */
const UNLINKED = { trackHardLinks: false };

/** How often much happens while directories are forgotten. */
const ROUNDS = 12;

interface Scene extends Disposable {
  readonly watched: Watched;
  /** A path in the watch directory; of one that begins with a slash: elsewhere. */
  at(path: string): string;
  entered(): number;
}

/** Makes the directories, and watches; nothing has been walked then. */
async function begin(
  directories: readonly string[],
  prepare: (at: Scene['at']) => void = () => undefined,
  settings: Partial<WatcherSettings> = {},
): Promise<Scene> {
  const [inside, outside] = [scratch(), scratch()];
  const at = (path: string): string =>
    path.startsWith('/') ? outside.path + path : `${inside.path}/${path}`;
  for (const path of directories) mkdirSync(at(path), { recursive: true });
  prepare(at);
  const watched = new Watched(inside.path, { skipInitial: true, ...settings });
  await watched.message('walked');
  const entered = (): number => watched.control.counters.directories;
  assert.equal(entered(), 1, 'the root');
  return {
    watched,
    at,
    entered,
    [Symbol.dispose]: () => {
      watched[Symbol.dispose]();
      inside[Symbol.dispose]();
      outside[Symbol.dispose]();
    },
  };
}

test(
  'a change in a directory that nobody has looked at is found; nothing beside it is entered',
  { skip },
  async () => {
    using scene = await begin(['a/b/c', 'a/b/d/e', 'f/g'], undefined, UNLINKED);
    const { watched, at, entered } = scene;
    writeFileSync(at('a/b/c/new'), '');
    await watched.quiet();
    assert.deepEqual([...watched.told().keys()], ['a/b/c/new']);
    assert.equal(entered(), 4);
    // One above is renamed: what is known beneath moves with it.
    renameSync(at('a'), at('f/h'));
    await watched.quiet();
    watched.told();
    writeFileSync(at('f/h/b/c/later'), '');
    writeFileSync(at('f/h/b/d/e/later'), '');
    await watched.quiet();
    const told = watched.told();
    for (const path of ['f/h/b/c/later', 'f/h/b/d/e/later']) assert.ok(told.has(path), path);
  },
);

test(
  'changes beside the tree are not told, and asked for once; what comes into it is',
  { skip },
  async ({ mock }) => {
    using scene = await begin(['a', '/b/c/d'], undefined, UNLINKED);
    const { watched, at, entered } = scene;
    const change = (): void => {
      for (const name of ['/b/c/d/f', '/b/f']) writeFileSync(at(name), String(entered()));
      mkdirSync(at('/b/new'), { recursive: true });
      writeFileSync(at('/b/new/f'), '');
    };
    change();
    await watched.quiet();
    assert.deepEqual([...watched.told().keys()], []);
    assert.equal(entered(), 1);
    // Of those that are known to be elsewhere, no event comes as far as this.
    const taken = mock.method(native, 'monitorEvents').mock;
    change();
    await watched.quiet();
    assert.ok(taken.calls.every(({ result }) => result?.[0].length === 0));
    renameSync(at('/b'), at('a/b'));
    await watched.quiet();
    assert.ok(covers(watched.told(), 'a/b/c/d/f'));
    writeFileSync(at('a/b/c/d/f'), '');
    writeFileSync(at('a/b/new/f'), '');
    await watched.quiet();
    const told = watched.told();
    for (const path of ['a/b/c/d/f', 'a/b/new/f']) assert.ok(told.has(path), path);
  },
);

/** What is done to a directory `a/b/c` right after it was written to, before anybody looks. */
const MEANWHILE: readonly (readonly [what: string, act: (scene: Scene) => void, dirty: string])[] =
  [
    ['removed', ({ at }) => rmSync(at('a/b/c'), { recursive: true }), 'a/b/c'],
    ['removed with those above', ({ at }) => rmSync(at('a'), { recursive: true }), 'a'],
    ['renamed', ({ at }) => renameSync(at('a/b/c'), at('d/c')), 'd/c/f'],
    ['renamed with those above', ({ at }) => renameSync(at('a'), at('d/a')), 'd/a/b/c/f'],
    ['moved out', ({ at }) => renameSync(at('a/b/c'), at('/c')), 'a/b/c'],
    [
      'moved out and in',
      ({ at }) => {
        renameSync(at('a'), at('/a'));
        appendFileSync(at('/a/b/c/f'), 'y');
        renameSync(at('/a'), at('d/a'));
      },
      'd/a/b/c/f',
    ],
    [
      'replaced by another',
      ({ at }) => {
        renameSync(at('a/b'), at('d/b'));
        mkdirSync(at('a/b/c'), { recursive: true });
        writeFileSync(at('a/b/c/f'), '');
      },
      'd/b/c/f',
    ],
  ];

for (const [what, act, dirty] of MEANWHILE)
  test(
    `nothing is lost of a directory that is ${what} before anybody has looked`,
    { skip },
    async () => {
      using scene = await begin(['a/b/c', 'd', '/']);
      const { watched, at } = scene;
      writeFileSync(at('a/b/c/f'), 'x');
      act(scene);
      await watched.quiet();
      const told = watched.told();
      assert.ok(covers(told, dirty), `${dirty} in ${[...told.keys()].join(', ')}`);
    },
  );

test(
  'other names of a file are found in directories that nobody has looked at',
  { skip },
  async () => {
    using scene = await begin(['a/b', 'c/d/e'], (at) => {
      writeFileSync(at('a/b/one'), '');
      linkSync(at('a/b/one'), at('c/d/e/other'));
    });
    const { watched, at } = scene;
    appendFileSync(at('a/b/one'), 'x');
    await until('the other name', async () => {
      await watched.quiet();
      return watched.told().has('c/d/e/other');
    });
  },
);

test(
  'what was written beside the tree and removed with its directory has nothing searched',
  { skip },
  async ({ mock }) => {
    using scene = await begin(['a/b', 'c', '/']);
    const { watched, at, entered } = scene;
    for (const above of ['/x', '/y']) {
      mkdirSync(at(`${above}/z`), { recursive: true });
      writeFileSync(at(`${above}/z/f`), '');
      appendFileSync(at(`${above}/z/f`), 'x');
      rmSync(at(above), { recursive: true });
    }
    await watched.quiet();
    assert.equal(entered(), 1);
    // In the tree it has: the file may have had other names.
    const searches = mock.method(native, 'monitorSearch').mock;
    mkdirSync(at('c/d'));
    writeFileSync(at('c/d/f'), '');
    rmSync(at('c/d'), { recursive: true });
    await until('a search', async () => {
      await watched.quiet();
      return searches.callCount() > 0;
    });
    assert.ok(entered() < 4, 'a search enters no directories without such names');
  },
);

test(
  'directories in which nothing happens are forgotten beyond a number, and nothing of them is lost',
  { skip },
  async ({ mock }) => {
    const most = 10;
    const paths = Array.from({ length: 60 }, (_, number) => `t${number % 7}/d${number}`);
    const settings = { ...UNLINKED, directoriesKept: most };
    using scene = await begin(paths, undefined, settings);
    const { watched, at, entered } = scene;
    const written: string[] = [];
    let rounds = 0;
    /** In two of three directories, in other ones each time. */
    const write = (): void => {
      const some = paths.filter((_, number) => number % 3 !== rounds % 3);
      const files = some.map((path) => `${path}/f${rounds}`);
      for (const file of files) writeFileSync(at(file), '');
      written.push(...files);
      rounds++;
    };
    /** Much happens right before; what the kernel tells of it is in the queue then. */
    const disturb = (name: 'monitorRetire' | 'monitorForget', every: number): void => {
      const call = native[name] as (...its: unknown[]) => never;
      let calls = 0;
      mock.method(native, name, (...its: unknown[]) => {
        if (++calls % every === 0 && rounds < ROUNDS) write();
        for (const end = performance.now() + 5; performance.now() < end;);
        return call(...its);
      });
    };
    // Directories in which something happens between two looks are not retired at all.
    disturb('monitorRetire', 2);
    disturb('monitorForget', 3);
    for (const path of paths) writeFileSync(at(`${path}/first`), '');
    await watched.quiet();
    assert.ok(entered() > paths.length);
    await until('most to be forgotten', () => {
      if (entered() > most) return false;
      if (rounds < ROUNDS) write();
      return rounds >= ROUNDS;
    });
    await watched.quiet();
    const told = watched.told();
    assert.deepEqual(
      written.filter((file) => !told.has(file)),
      [],
    );
    renameSync(at('t0'), at('t1/t0'));
    rmSync(at('t2'), { recursive: true });
    await watched.quiet();
    const later = watched.told();
    for (const path of ['t1/t0/d0/first', 't2']) assert.ok(covers(later, path), path);
  },
);

test(
  'when the kernel has dropped events, everything is looked at',
  { skip: skip || process.env[REPEATED.limited] === undefined },
  async ({ mock }) => {
    using directory = scratch();
    const { monitorOpen: call } = native;
    // Before anybody reads: only names that differ are not one event.
    mock.method(native, 'monitorOpen', (...its: Parameters<typeof call>) => {
      for (let made = 0; made < 20_000; made++) mkdirSync(`${directory.path}/d${made}`);
      return call(...its);
    });
    using watched = new Watched(directory.path, { skipInitial: true });
    await until('the overflow', () => watched.control.counters.overflows === 1);
    await until('everything to be told', () => watched.told().has(''));
    // It is not the limit of inotify that was reached.
    const expected =
      /^more happened at once than the watcher keeps: everything is looked at again$/;
    assert.equal(watched.records.filter((record) => expected.test(record)).length, 1);
  },
);

test(
  'a directory that is in the tree twice has its events at both places',
  { skip: skip || needsMounts() },
  async () => {
    using scene = await begin(['a/b', 'c']);
    const { watched, at } = scene;
    execFileSync('mount', ['--bind', at('a'), at('c')]);
    try {
      await until('everything to be looked at', async () => {
        await watched.quiet();
        return watched.told().has('');
      });
      writeFileSync(at('a/b/f'), '');
      await watched.quiet();
      const told = watched.told();
      for (const path of ['a/b/f', 'c/b/f']) assert.ok(told.has(path), path);
    } finally {
      execFileSync('umount', [at('c')]);
    }
  },
);
