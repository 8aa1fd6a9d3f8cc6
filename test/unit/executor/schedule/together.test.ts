import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, takeCompanions } from '../../../../src/executor/schedule/together.js';
import type { Entry } from '../../../../src/shared/entry.js';

/** The path's first character is the key; `-` has none, `*` goes with every key. */
const keyOf = ({ path }: Entry): string | undefined => (path.startsWith('-') ? undefined : path[0]);

function entries(...paths: readonly string[]): Entry[] {
  return paths.map(
    (path) => ({ path, mask: 0, before: 0, after: 0, flags: 0, since: 0 }) as unknown as Entry,
  );
}

function namesOf(groups: readonly (readonly Entry[])[]): string[][] {
  return groups.map((group) => group.map(({ path }) => path));
}

test('names of one inode are one group, and all names are where a directory is taken whole', () => {
  assert.deepEqual(namesOf(groupsOf(entries('a1', '-1', 'b1', 'a2', '-2'), keyOf)), [
    ['a1', 'a2'],
    ['-1'],
    ['b1'],
    ['-2'],
  ]);
  assert.deepEqual(namesOf(groupsOf(entries('a1', '-1', 'b1', '*', 'a2'), keyOf)), [
    ['a1', 'b1', '*', 'a2'],
    ['-1'],
  ]);
});

test(
  'what waits comes with what is in hand: the other names, and the directories that may hold ' +
    'one',
  () => {
    for (const [inHand, expected] of [
      [['-1'], []],
      [['a1'], ['a2']],
      [['*'], ['a2', 'b1']],
    ] as const) {
      const waiting = new Set(entries('a2', 'b1', '-2'));
      const take = (isWanted: (entry: Entry) => boolean): Entry[] =>
        [...waiting].filter((entry) => isWanted(entry) && waiting.delete(entry));
      assert.deepEqual(
        takeCompanions(entries(...inHand), keyOf, take).map(({ path }) => path),
        expected,
      );
    }
    const waiting = new Set(entries('b1', '*d', 'a2'));
    const take = (isWanted: (entry: Entry) => boolean): Entry[] =>
      [...waiting].filter((entry) => isWanted(entry) && waiting.delete(entry));
    assert.deepEqual(
      takeCompanions(entries('a1'), keyOf, take).map(({ path }) => path),
      ['*d', 'a2', 'b1'],
    );
  },
);
