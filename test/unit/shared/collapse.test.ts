import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collapse } from '../../../src/shared/collapse.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { entry } from '../../harness/entries.js';

const files = (directory: string, count: number) =>
  Array.from({ length: count }, (_, index) => entry(`${directory}/f${index}`, 4));
const told = (entries: ReturnType<typeof collapse>): string[] =>
  entries.map(({ path, flags }) => path + (flags & EntryFlag.recursive ? '/' : '')).sort();

test('directories stand for what is in them, those with the most first', () => {
  assert.deepEqual(
    told(collapse([...files('a/many', 1000), ...files('b', 3), entry('c', 4)], 100)),
    ['a/many/', 'b/f0', 'b/f1', 'b/f2', 'c'],
  );
  assert.deepEqual(
    told(collapse([...files('a', 300), entry('a/d/e', 4), entry('a', 4)], 100)),
    ['a/'],
    'what lies in one is not named besides',
  );
  const spread = Array.from({ length: 3000 }, (_, index) => files(`d${index}`, 2)).flat();
  assert.deepEqual(told(collapse(spread, 100)), ['/'], 'in the end the whole tree');
});

test('what was done to any of them is said of the directory', () => {
  const [whole] = collapse([...files('a', 300), { ...entry('a/moved', 0x80) }], 100);
  assert.equal((whole?.mask ?? 0) & 0x84, 0x84);
});

test('a directory stands for names of linked files, whether it takes their place or covers them', () => {
  const { linked, recursive } = EntryFlag;
  const isLinked = ({ flags }: { readonly flags: number }): boolean => (flags & linked) !== 0;
  const some = [...files('a', 300), entry('a/linked', 4, linked)];
  assert.ok(collapse(some, 100).every(isLinked));
  assert.ok(!collapse(files('a', 300), 100).some(isLinked));
  const covered = [entry('b', 4, recursive), entry('b/linked', 4, linked)];
  assert.deepEqual(
    collapse([...files('a', 300), ...covered], 100)
      .filter(isLinked)
      .map(({ path }) => path),
    ['b'],
  );
});

test('where very much has changed in one directory, no other and not the root stands for it', () => {
  const spread = Array.from({ length: 3000 }, (_, index) => files(`a/d${index}`, 2)).flat();
  assert.deepEqual(told(collapse([...spread, ...files('b/d', 3), entry('c', 4)], 100)), [
    'a/',
    'b/d/f0',
    'b/d/f1',
    'b/d/f2',
    'c',
  ]);
  const top = Array.from({ length: 3000 }, (_, index) => entry(`t${index}`, 4));
  assert.deepEqual(told(collapse([...top, ...files('b', 3)], 100)), ['/']);
});
