/** Moves are sent as moves: the entry of a moved object has its old path as origin. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { ObjectType } from '../../../src/shared/entry.js';
import type { WatcherSettings } from '../../../src/shared/settings.js';
import { DirtySet } from '../../../src/watcher/outgoing/dirty-set.js';
import { scratch, Watched } from './support.js';

const SETTINGS: Record<string, Partial<WatcherSettings>> = {
  'directories as a whole': {},
  'object by object': { detail: 'objects', trackHardLinks: false },
  'object by object without lstat': {
    detail: 'objects',
    trackHardLinks: false,
    statEntries: false,
  },
};

/**
 * The origins of the entries for existing objects. Entries sent one after the other are merged like
 * those that waited together, so the result does not depend on when they are sent.
 */
async function origins(watched: Watched): Promise<Record<string, string | undefined>> {
  await watched.quiet();
  const all = new DirtySet();
  const consumer = all.consumer();
  for (const { origin: last, ...entry } of watched.entries.splice(0)) {
    const origin = last === undefined ? undefined : all.originOf(last, entry.path);
    all.add(origin === undefined ? entry : { ...entry, origin });
  }
  const told: Record<string, string | undefined> = {};
  for (const { path, after, origin } of consumer.take({ size: 1e6, bytes: 1e6 })?.changes ?? [])
    if (after !== ObjectType.absent) told[path] = origin;
  return told;
}

/** Resolves when `count` entries wait to be sent. */
async function pending(watched: Watched, count: number): Promise<void> {
  while (watched.control.counters.pending !== count)
    await new Promise((resolve) => setImmediate(resolve));
}

for (const [name, settings] of Object.entries(SETTINGS)) {
  /** A watcher over a tree with the files a and d/f and the directories d and e. */
  const start = async (): Promise<{
    at: (path: string) => string;
    watched: Watched;
    [Symbol.dispose](): void;
  }> => {
    const place = scratch();
    const outside = scratch();
    const at = (path: string): string =>
      path.startsWith('/') ? outside.path + path : `${place.path}/${path}`;
    for (const directory of ['d', 'e']) mkdirSync(at(directory));
    for (const file of ['a', 'd/f']) writeFileSync(at(file), '');
    const watched = new Watched(place.path, settings);
    await watched.message('walked');
    await origins(watched);
    return {
      at,
      watched,
      [Symbol.dispose]: () => {
        for (const part of [watched, place, outside]) part[Symbol.dispose]();
      },
    };
  };

  test(`a file and a directory that are renamed, and moved into another: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('b'));
    assert.deepEqual(await origins(watched), { b: 'a' });
    renameSync(at('b'), at('e/a\nb'));
    const moved = await origins(watched);
    assert.equal(moved['e/a\nb'], 'b');
    renameSync(at('d'), at('c'));
    assert.equal((await origins(watched))['c'], 'd');
    renameSync(at('c'), at('e/d'));
    assert.equal((await origins(watched))['e/d'], 'c');
  });

  test(`a chain of moves is one move: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('b'));
    renameSync(at('b'), at('e/c'));
    renameSync(at('d'), at('x'));
    renameSync(at('x'), at('e/y'));
    const told = await origins(watched);
    assert.deepEqual([told['e/c'], told['e/y']], ['a', 'd']);
    assert.deepEqual(['b' in told, 'x' in told], [false, false]);
  });

  test(`a chain of moves without credit is one move: ${name}`, async () => {
    using place = scratch();
    for (const directory of ['d', 'e']) mkdirSync(`${place.path}/${directory}`);
    writeFileSync(`${place.path}/a`, '');
    using watched = new Watched(place.path, { ...settings, skipInitial: true }, 0);
    await watched.message('walked');
    for (const [from, to, count] of [
      ['a', 'b', 2],
      ['b', 'c', 3],
      ['d', 'x', 5],
      ['x', 'e/y', 6],
    ] as const) {
      renameSync(`${place.path}/${from}`, `${place.path}/${to}`);
      await pending(watched, count);
    }
    watched.grant(1_000_000);
    await watched.quiet();
    // As they were sent.
    const sent = new Map(watched.entries.map(({ path, origin }) => [String(path), origin]));
    assert.deepEqual([sent.get('c'), sent.get('e/y')], ['a', 'd']);
  });

  test(`a moved file that is written to has the same origin: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('b'));
    writeFileSync(at('b'), 'more');
    assert.deepEqual(await origins(watched), { b: 'a' });
  });

  test(`a replaced or new file has no origin: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('b'));
    rmSync(at('b'));
    writeFileSync(at('b'), '');
    writeFileSync(at('new'), '');
    renameSync(at('new'), at('named'));
    mkdirSync(at('made'));
    renameSync(at('made'), at('called'));
    const told = await origins(watched);
    for (const path of ['b', 'named', 'called']) {
      assert.ok(path in told, path);
      assert.equal(told[path], undefined, path);
    }
  });

  test(`a move out of the tree and in again has no origin: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('/a'));
    renameSync(at('d'), at('/d'));
    renameSync(at('/a'), at('b'));
    renameSync(at('/d'), at('c'));
    const told = await origins(watched);
    for (const path of ['b', 'c']) {
      assert.ok(path in told, path);
      assert.equal(told[path], undefined, path);
    }
  });

  test(`a move there and back has no origin: ${name}`, async () => {
    using scene = await start();
    const { at, watched } = scene;
    renameSync(at('a'), at('b'));
    renameSync(at('b'), at('a'));
    assert.equal((await origins(watched))['a'], undefined);
  });

  test(`a file moved from a refused path has no origin: ${name}`, async () => {
    using place = scratch();
    writeFileSync(`${place.path}/a.tmp`, '');
    using watched = new Watched(place.path, {
      ...settings,
      rules: [{ allow: false, kind: 'f', pattern: fromText('tmp$'), line: 1 }],
    });
    await watched.message('walked');
    await origins(watched);
    renameSync(`${place.path}/a.tmp`, `${place.path}/a`);
    assert.deepEqual(await origins(watched), { a: undefined });
  });
}

test('a sequence has each move as an entry of its own', async () => {
  using place = scratch();
  writeFileSync(`${place.path}/a`, '');
  using watched = new Watched(place.path, {
    sequence: true,
    detail: 'objects',
    trackHardLinks: false,
    skipInitial: true,
  });
  await watched.message('walked');
  renameSync(`${place.path}/a`, `${place.path}/b`);
  renameSync(`${place.path}/b`, `${place.path}/c`);
  await watched.quiet();
  assert.deepEqual(
    watched.entries.map(({ path, origin }) => [path, origin]),
    [
      ['a', undefined],
      ['b', 'a'],
      ['b', undefined],
      ['c', 'b'],
    ],
  );
});
