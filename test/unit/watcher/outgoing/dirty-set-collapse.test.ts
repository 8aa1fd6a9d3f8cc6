import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_PATHS } from '../../../../src/shared/collapse.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import { DirtySet } from '../../../../src/watcher/outgoing/dirty-set.js';
import { change, gone, pathsOf, taken, whole } from './support.js';

const MANY = 3 * MOST_PATHS;
const ALL = { size: Infinity, bytes: Infinity };
const nothing = (): void => undefined;

function fill(set: DirtySet, directory: string, count = MANY): void {
  for (let index = 0; index < count; index++) set.add(change(`${directory}/f${index}`));
}

test('the set is bounded where directories may stand for what is in them, and nowhere else', () => {
  for (const [onCollapse, least, most] of [
    [nothing, 1, MOST_PATHS],
    [undefined, MANY, MANY],
  ] as const) {
    const set = new DirtySet(onCollapse);
    set.consumer();
    fill(set, 'a/b');
    assert.ok(set.size >= least && set.size <= most, String(set.size));
  }
});

test('a directory that stands for what is in it has all that happened in it', () => {
  const set = new DirtySet(nothing);
  const consumer = set.consumer();
  set.add(change('a/b/moved', { mask: 0x80, since: -500 }));
  set.add(change('a/b/c/moved', { mask: 0x40 }));
  set.add(change('beside'));
  set.add(gone('a/b/gone'));
  fill(set, 'a/b', MOST_PATHS);
  const changes = consumer.take(ALL)?.changes ?? [];
  const [one] = changes.filter(({ path }) => path === 'a/b');
  assert.deepEqual(
    [one?.flags, one?.after, one?.since],
    [EntryFlag.recursive, ObjectType.directory, -500],
  );
  assert.equal((one?.mask ?? 0) & 0xc2, 0xc2);
  const paths = pathsOf(changes);
  assert.ok(paths.includes('beside'));
  for (const path of ['a/b/c/moved', 'a/b/gone', 'a/b/f1']) assert.ok(!paths.includes(path), path);
});

test('what says more than that something changed is told by itself, before the directories', () => {
  const set = new DirtySet(nothing);
  const consumer = set.consumer();
  const { overlong, initial, recursive } = EntryFlag;
  fill(set, 'a', MOST_PATHS - 10);
  for (const [index, flags] of [overlong, initial].entries())
    set.add(change(`a/s${index}`, { flags }));
  set.add(change('b', { flags: initial | recursive }));
  set.add(change('m', { flags: overlong }));
  fill(set, 'm', 1000);
  const paths = taken(consumer);
  const places = ['a/s0', 'a/s1', 'b/', 'm', 'a/'].map((path) => paths.indexOf(path));
  assert.deepEqual(places, [0, 1, 2, 3, 4]);
  assert.ok(!paths.includes('m/'), 'of a directory of which more is said, each path');
});

test('what was in at a moment is not taken before the directory that stands for it', () => {
  const set = new DirtySet(nothing);
  const consumer = set.consumer();
  set.add(change('a/early'));
  const early = consumer.last;
  set.add(change('z'));
  fill(set, 'a', MOST_PATHS);
  const told = new Set<string>();
  while (consumer.size > 0) {
    assert.equal(consumer.hasTaken(early), told.has('a/') && told.has('z'));
    for (const path of taken(consumer, { size: 1, bytes: Infinity })) told.add(path);
  }
  assert.ok(consumer.hasTaken(consumer.last));
  set.add(change('later'));
  assert.ok(!consumer.hasTaken(consumer.last));
  taken(consumer);
  assert.ok(consumer.hasTaken(consumer.last));
});

test('where nothing can be collapsed, all is kept, and the work is not done for each', () => {
  let collapses = 0;
  const set = new DirtySet(() => collapses++);
  const consumer = set.consumer();
  for (let index = 0; index < MANY; index++)
    set.add(change(`a/f${index}`, { flags: EntryFlag.initial }));
  assert.equal(consumer.size, MANY);
  assert.ok(collapses < 4, String(collapses));
});

test('what waits for a stalled consumer is collapsed without another being told again', () => {
  const set = new DirtySet(nothing);
  const [quick, stalled] = [set.consumer(), set.consumer()];
  for (let index = 0; index < MANY; index++) {
    set.add(change(`a/f${index}`));
    if (index % 1000 === 0) assert.ok(taken(quick).every((path) => path !== 'a/'));
  }
  set.add(whole('b'));
  assert.ok(set.size <= MOST_PATHS, String(set.size));
  assert.equal(taken(quick).at(-1), 'b/');
  const paths = taken(stalled);
  assert.ok(paths.includes('a/') && paths.includes('b/'));
  assert.equal(set.size, 0);
});
