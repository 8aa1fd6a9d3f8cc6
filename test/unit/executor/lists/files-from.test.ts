import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basename, fromText, parent } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { exactPattern, linePattern } from '../../../../src/executor/lists/excludes.js';
import { filesFrom, locate, partition } from '../../../../src/executor/lists/files-from.js';
import { copiesIn } from '../../../../src/executor/lists/copies.js';
import { includeLines, parts } from '../../../../src/executor/lists/include-exclude.js';
import type { Status, Tree } from '../../../../src/executor/lists/tree.js';
import { entry } from '../../../harness/entries.js';

/** A tree from a table; names that end with a slash are directories. */
function tree(table: Readonly<Record<string, Partial<Status>>>): Tree {
  const objects = new Map<string, Status>([['', status('directory')]]);
  for (const [name, more] of Object.entries(table))
    objects.set(name.replace(/\/$/, ''), {
      ...status(name.endsWith('/') ? 'directory' : 'file'),
      inode: name,
      ...more,
    });
  return {
    lstat: (path) => objects.get(path),
    subdirectories: (path) =>
      [...objects.keys()]
        .filter(
          (name) =>
            name !== '' &&
            parent(name as BytePath) === path &&
            objects.get(name)?.kind === 'directory',
        )
        .map((name) => basename(name as BytePath)),
  };
}

function status(kind: Status['kind']): Status {
  return { kind, links: 1, size: 10, allocated: 10, inode: '', modified: 1000, changed: 1000 };
}

async function list(
  table: Readonly<Record<string, Partial<Status>>>,
  entries: readonly Entry[],
  refused: readonly string[] = [],
  swept: readonly string[] = [],
  contents: readonly string[] = [],
): Promise<string[]> {
  const asked = tree(table);
  const { lines } = await filesFrom(
    locate(entries, asked),
    asked,
    { all: new Set(refused.map(fromText)), contents: new Set(contents.map(fromText)) },
    swept.map(fromText),
  );
  return [...lines].sort();
}

const WHOLE = EntryFlag.recursive;

test('a path is listed with the directory it is in', async () => {
  assert.deepEqual(await list({ 'a/': {}, 'a/b/': {}, 'a/b/f': {} }, [entry('a/b/f', 2)]), [
    './a/b',
    './a/b/f',
  ]);
  assert.deepEqual(await list({ f: {} }, [entry('f', 2)]), ['./f']);
});

test('below what is missing or no directory, the topmost of that stands for it', async () => {
  assert.deepEqual(await list({ 'a/': {} }, [entry('a/b/c/d', 2), entry('a/b/e', 2)]), [
    './a',
    './a/b',
  ]);
  assert.deepEqual(await list({ link: { kind: 'other' } }, [entry('link/etc/passwd', 2)]), [
    './link',
  ]);
});

test('what lies in a directory of which one level is listed is not listed once more', async () => {
  assert.deepEqual(
    await list(
      { 'a/': {}, 'a/b/': {}, 'a/b/f': {}, c: {} },
      [entry('a/b/f', 2), entry('c', 2)],
      [],
      ['a/b'],
    ),
    ['./a', './a/b/', './c'],
  );
  assert.deepEqual(await list({ 'a/': {}, 'a/b/': {} }, [], [], ['a/b']), ['./a', './a/b/']);
});

test('a directory taken whole is listed with all beneath, except what is refused', async () => {
  const table = { 'd/': {}, 'd/e/': {}, 'd/e/f/': {}, 'd/no/': {}, 'd/no/n/': {}, x: {} };
  assert.deepEqual(await list(table, [entry('d', 0, WHOLE), entry('x', 2)], ['d/no']), [
    './d/',
    './d/e/',
    './d/e/f/',
    './x',
  ]);
});

test('a directory itself is listed without its content, the root alone with one level', async () => {
  assert.deepEqual(await list({ 'd/': {}, 'd/e/': {} }, [entry('d', 4)]), ['./d']);
  assert.deepEqual(await list({ 'd/': {} }, [entry('', 4)]), ['./']);
  assert.deepEqual(await list({ 'd/': {} }, [entry('', 4), entry('d', 4)]), ['./d']);
});

test('of a directory listed for some names only, those are told that are listed or lead there', async () => {
  const asked = tree({
    'a/': {},
    'a/b/': {},
    'a/b/f': {},
    'a/x/': {},
    'd/': {},
    'd/e/': {},
    f: {},
  });
  const narrow = async (
    entries: readonly Entry[],
    swept: readonly string[] = [],
  ): Promise<unknown> => {
    const { levels, wanted } = await filesFrom(
      locate(entries, asked),
      asked,
      { all: new Set(), contents: new Set() },
      swept.map(fromText),
    );
    return [levels, [...wanted].sort()];
  };
  assert.deepEqual(await narrow([entry('f', 2)]), [[], []]);
  assert.deepEqual(await narrow([entry('', 4)]), [[''], []]);
  assert.deepEqual(await narrow([entry('d', 0, WHOLE)]), [[''], ['d']]);
  assert.deepEqual(await narrow([entry('a/b/f', 2), entry('f', 2)], ['', 'a']), [
    ['', 'a'],
    ['a', 'a/b', 'f'],
  ]);
  assert.deepEqual(
    await narrow([entry('d', 0, WHOLE)], ['d']),
    [[''], ['d']],
    'all of it is listed',
  );
});

test('a large tree of directories is read in turns of the event loop', async () => {
  const names = Array.from({ length: 2000 }, (_, index) => `d/${index}/`);
  const table = Object.fromEntries(['d/', ...names].map((name) => [name, {}]));
  let turns = 0;
  const turn = (): void => void (turns++, (next = setImmediate(turn)));
  let next = setImmediate(turn);
  const lines = await list(table, [entry('d', 0, WHOLE)]);
  clearImmediate(next);
  assert.equal(lines.length, 2002);
  assert.ok(turns > 4, `${turns} turns`);
});

function readOnly(
  entries: readonly Entry[],
  table: Readonly<Record<string, Partial<Status>>>,
  since: Readonly<Record<string, number>> = {},
  copies = copiesIn(undefined, -1),
): string[][] {
  const { quick, read } = partition(
    entries,
    tree({ ...table, large: { size: 1 << 30 } }),
    copies,
    (path) => since[path],
  );
  return [quick, read].map((items) => items.map(({ path }) => path as string));
}

test(
  'files whose time was set back are read, with all names of the inode; those that only ' +
    'changed mode are not',
  () => {
    const setBack = { modified: 1000, changed: 9000 };
    const table = { a: { ...setBack, inode: 'i' }, b: { ...setBack, inode: 'i' }, c: setBack };
    const entries = [
      entry('a', IN.MODIFY),
      entry('b', IN.ATTRIB),
      entry('c', IN.ATTRIB),
      entry('large', 4),
    ];
    assert.deepEqual(readOnly(entries, table), [
      ['c', 'large'],
      ['a', 'b'],
    ]);
  },
);

test(
  'a rename is enough to be read, and so is a write in the tick in which the last sync may ' +
    'have read',
  () => {
    const table = {
      moved: { modified: 1000, changed: 1001 },
      again: { modified: 995, changed: 995 },
      later: { modified: 900, changed: 900 },
    };
    const entries = [
      entry('moved', IN.MOVED_TO),
      entry('again', IN.MODIFY),
      entry('later', IN.MODIFY),
      entry('large', 4),
    ];
    assert.deepEqual(readOnly(entries, table, { again: 1000, later: 1000 }), [
      ['later', 'large'],
      ['moved', 'again'],
    ]);
  },
);

test(
  'a time that is not the one of the last change is enough to be read, however near it is, ' +
    'and in the future too',
  () => {
    const table = {
      near: { modified: 1000, changed: 1100 },
      future: { modified: 9e15, changed: 1000 },
    };
    assert.deepEqual(
      readOnly([entry('near', IN.MODIFY), entry('future', IN.MODIFY), entry('large', 4)], table),
      [['large'], ['near', 'future']],
    );
  },
);

test(
  'where the copy can be seen, only what looks like it is read; where times are coarse, all ' +
    'of that',
  () => {
    const there = {
      equal: {},
      other: { size: 11 },
      tick: { modified: 1900 },
      later: { modified: 2100 },
    };
    const table = { equal: {}, other: {}, tick: {}, later: {}, absent: {} };
    const entries = [
      ...Object.keys(table).map((name) => entry(name, IN.MOVED_TO)),
      entry('large', 4),
    ];
    assert.deepEqual(readOnly(entries, table, {}, copiesIn(tree(there), -1)), [
      ['other', 'tick', 'later', 'absent', 'large'],
      ['equal'],
    ]);
    const written = entries.map((each) => ({ ...each, mask: IN.MODIFY }));
    assert.deepEqual(readOnly(written, table, {}, copiesIn(tree(there), -1)), [
      ['equal', 'other', 'tick', 'later', 'absent', 'large'],
      [],
    ]);
    assert.deepEqual(readOnly(written, table, {}, copiesIn(tree(there), 0)), [
      ['other', 'later', 'absent', 'large'],
      ['equal', 'tick'],
    ]);
    assert.deepEqual(readOnly(written, table, {}, copiesIn(tree(there), 1)), [
      ['other', 'absent', 'large'],
      ['equal', 'tick', 'later'],
    ]);
  },
);

test(
  'little is read along rather than run apart; a whole directory stays with the links it may ' +
    'hold',
  () => {
    const moved = { modified: 1000, changed: 1001 };
    assert.deepEqual(readOnly([entry('moved', IN.MOVED_TO), entry('f', 2)], { moved, f: {} }), [
      [],
      ['moved', 'f'],
    ]);
    const whole = entry('d', 0, WHOLE);
    assert.deepEqual(readOnly([entry('moved', IN.MOVED_TO), whole], { moved, 'd/': {} }), [
      ['d'],
      ['moved'],
    ]);
    assert.deepEqual(
      readOnly([entry('moved', IN.MOVED_TO), whole], { moved: { ...moved, links: 2 }, 'd/': {} }),
      [[], ['moved', 'd']],
    );
    assert.deepEqual(
      readOnly([entry('moved', IN.MOVED_TO), entry('', 0, WHOLE)], {
        moved: { ...moved, links: 2 },
      }),
      [[''], ['moved']],
    );
  },
);

test('patterns escape wildcards, and a backslash only beside one; line ends become a class', () => {
  const patterns = ['a', 'a\\b', '[a]*?\\'].map((path) => exactPattern(fromText(path)));
  assert.deepEqual(patterns, ['/a', '/a\\b', '/\\[a]\\*\\?\\\\']);
  assert.deepEqual(
    ['a\\b', 'a\nb\\\r*'].map((path) => linePattern(fromText(path))),
    ['/a\\b', '/a[[:cntrl:]]b\\\\[[:cntrl:]]\\*'],
  );
});

test('include lines: what takes the place of a directory, with what that held', () => {
  const was = { ...entry('f', 0x40000200), before: ObjectType.directory };
  const located = locate([was, entry('f', 2)], tree({ f: {} }));
  assert.deepEqual(located.map(includeLines), [['/f', '/f/***'], ['/f']]);
});

test('include lines: parents, content of what is whole or gone; parts by counted lines', () => {
  const asked = tree({ 'a/': {}, 'a/b/': {}, 'a/b/f': {}, 'new/': {} });
  const located = locate(
    [
      entry('a/b/f', 2),
      entry('new', 0, WHOLE),
      entry('gone', 512),
      entry('', 4),
      entry('', 0, WHOLE),
    ],
    asked,
  );
  assert.deepEqual(located.map(includeLines), [
    ['/a/b/f', '/a/b', '/a'],
    ['/new/***'],
    ['/gone', '/gone/***'],
    [],
    ['/***'],
  ]);
  assert.deepEqual(
    parts(located, 4).map((part) => part.length),
    [2, 3],
  );
  assert.deepEqual(
    parts(located, 0).map((part) => part.length),
    [5],
  );
});

test('a directory whose content is refused is listed by the one above, and not entered', async () => {
  const table = { 'a/': {}, 'a/mounted/': {}, 'a/mounted/deep/': {}, 'a/b/': {} };
  assert.deepEqual(await list(table, [entry('a', 0x40000100, WHOLE)], [], [], ['a/mounted']), [
    './a/',
    './a/b/',
  ]);
});
