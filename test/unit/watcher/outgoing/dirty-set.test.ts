import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { MOST_PATHS } from '../../../../src/shared/collapse.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { DirtySet } from '../../../../src/watcher/outgoing/dirty-set.js';
import type { Dirty } from '../../../../src/watcher/outgoing/dirty-set.js';

const MANY = 3 * MOST_PATHS;
const ALL = { entries: Infinity, bytes: Infinity };
const nothing = (): void => undefined;

function dirty(path: string, mask = 2, flags = 0, since = 0): Dirty {
  return {
    path: fromText(path),
    mask,
    before: ObjectType.file,
    after: ObjectType.file,
    flags,
    since,
  };
}

function fill(set: DirtySet, directory: string, count = MANY): void {
  for (let index = 0; index < count; index++) set.add(dirty(`${directory}/f${index}`));
}

const wholes = (entries: readonly Entry[]): string[] =>
  entries.filter(({ flags }) => flags & EntryFlag.recursive).map(({ path }) => path as string);

test('the set is bounded where directories may stand for what is in them, and nowhere else', () => {
  for (const [onCollapse, least, most] of [
    [nothing, 1, MOST_PATHS],
    [undefined, MANY, MANY],
  ] as const) {
    const set = new DirtySet(onCollapse);
    fill(set, 'a/b');
    assert.ok(set.size >= least && set.size <= most, String(set.size));
  }
});

test('a directory that stands for what is in it has all that happened, since the first of it', () => {
  const set = new DirtySet(nothing);
  set.add(dirty('a/b/moved', 0x80, 0, -500));
  set.add(dirty('a/b/c/moved', 0x40));
  set.add(dirty('beside'));
  fill(set, 'a/b', MOST_PATHS);
  const taken = set.take(ALL, 0);
  const [whole] = taken.filter(({ path }) => path === 'a/b');
  assert.deepEqual(
    [whole?.flags, whole?.after, whole?.age],
    [EntryFlag.recursive, ObjectType.directory, 500],
  );
  assert.equal((whole?.mask ?? 0) & 0xc2, 0xc2);
  assert.ok(taken.some(({ path, flags }) => path === 'beside' && flags === 0));
  assert.ok(
    !taken.some(({ path }) => path.startsWith('a/b/c')),
    'what lies in it is not named besides',
  );
});

test('what says more than that something changed is told by itself, before the directories', () => {
  const set = new DirtySet(nothing);
  const { refused, admitted, contentRefused, overlong, initial, recursive } = EntryFlag;
  fill(set, 'a', MOST_PATHS - 10);
  for (const [index, flags] of [refused, admitted, contentRefused, overlong].entries())
    set.add(dirty(`a/s${index}`, 0, flags));
  set.add(dirty('b', 0, initial | recursive));
  set.add(dirty('m', 0, contentRefused));
  fill(set, 'm', 1000);
  const taken = set.take(ALL, 0);
  const places = ['a/s0', 'a/s1', 'a/s2', 'a/s3', 'b', 'm', 'a'].map((path) =>
    taken.findIndex((entry) => entry.path === path),
  );
  assert.deepEqual(places, [0, 1, 2, 3, 4, 5, 6]);
  assert.ok(!wholes(taken).includes('m'), 'of a directory of which more is said, each path');
});

test('what was in at a moment is not out before the directory that stands for it', () => {
  const set = new DirtySet(nothing);
  set.add(dirty('a/early'));
  const early = set.entered;
  set.add(dirty('z'));
  fill(set, 'a', MOST_PATHS);
  const told = new Set<string>();
  while (set.size > 0) {
    assert.equal(set.left >= early, told.has('a') && told.has('z'));
    for (const { path } of set.take({ entries: 1, bytes: Infinity }, 0)) told.add(path);
  }
  assert.equal(set.left, set.entered);
  set.add(dirty('later'));
  assert.ok(set.left < set.entered);
  set.take(ALL, 0);
  assert.equal(set.left, set.entered);
});

test('where nothing can be collapsed, every path is kept, and the work is not done for each', () => {
  let collapses = 0;
  const set = new DirtySet(() => collapses++);
  for (let index = 0; index < MANY; index++) set.add(dirty(`a/f${index}`, 0, EntryFlag.refused));
  assert.equal(set.size, MANY);
  assert.ok(collapses < 4, String(collapses));
});
