import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRows } from '../../../../../src/executor/modes/mirror/plan.js';
import { RowFlag } from '../../../../../src/executor/modes/mirror/wire.js';
import type { MirrorRow } from '../../../../../src/executor/modes/mirror/wire.js';
import type { Status } from '../../../../../src/executor/lists/tree.js';
import { fromText } from '../../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../../src/shared/entry.js';
import type { Entry } from '../../../../../src/shared/entry.js';
import { IN } from '../../../../../src/shared/inotify-mask.js';
import { entry } from '../../../../harness/entries.js';

const { recursive, implied, linked } = EntryFlag;
const { absent, file, directory } = ObjectType;

const written = (path: string): Entry => ({ ...entry(path, IN.CLOSE_WRITE), after: file });
const touched = (path: string, flags = 0): Entry => ({
  ...entry(path, IN.ATTRIB, flags),
  after: file,
});
const whole = (path: string): Entry => ({
  ...entry(path, IN.CREATE, recursive),
  before: absent,
  after: directory,
});
const gone = (path: string, flags = 0): Entry => ({
  ...entry(path, IN.DELETE, flags),
  before: directory,
  after: absent,
});
const moved = (path: string, origin: string, how: Partial<Entry> = {}): Entry => ({
  ...entry(path, IN.MOVED_TO),
  before: absent,
  after: file,
  origin: fromText(origin),
  ...how,
});

interface Trial {
  /** What is in the source; directories end with a slash. */
  readonly source?: readonly string[];
  readonly closed?: readonly string[];
  readonly keeping?: boolean;
  readonly hasChangeTimes?: boolean;
  readonly unclean?: readonly string[];
}

function planned(entries: readonly Entry[], trial: Trial = {}): string {
  const { source = [], closed = [], keeping = false, hasChangeTimes = true, unclean = [] } = trial;
  const rows = planRows(entries, {
    tree: {
      lstat: (path: BytePath) =>
        source.includes(path)
          ? ({ kind: 'file' } as Status)
          : source.includes(`${path}/`)
            ? ({ kind: 'directory' } as Status)
            : undefined,
    },
    isClosed: (path) => closed.includes(path),
    keeping,
    hasChangeTimes,
    unclean: unclean.map(fromText),
  });
  return rows.map(inWords).join(', ');
}

function inWords({ verb, path, origin, flags = 0 }: MirrorRow): string {
  const marks = [
    [RowFlag.unwritten, '~'],
    [RowFlag.exchange, '='],
    [RowFlag.sweep, '*'],
    [RowFlag.suspect, '?'],
  ] as const;
  const ends = marks.filter(([flag]) => (flags & flag) !== 0).map(([, mark]) => mark);
  return `${verb} ${origin === undefined ? '' : `${origin}>`}${path}${ends.join('')}`;
}

const CASES: Readonly<Record<string, readonly [readonly Entry[], string, Trial?]>> = {
  'a name, whether or not it was written': [[written('a'), touched('b')], 'name a, name b~'],
  'another name of what may have been written': [[touched('a', linked)], 'name a'],
  'what lies beneath a directory that is synced whole is a part of it': [
    [written('d/a'), whole('d'), whole('d/e'), written('da')],
    'tree d, name da',
  ],
  'beneath one that has gone, what has gone with it': [
    [gone('d/a', implied), gone('d', implied), written('d/b')],
    'name d, name d/b',
  ],
  'a move, before the names are compared': [
    [gone('old'), moved('new', 'old')],
    'move old>new~, name old, name new',
    { source: ['new'] },
  ],
  'a directory that was moved, with all that is in it': [
    [gone('d'), moved('e', 'd', { flags: recursive, after: directory })],
    'move d>e~, name d, tree e',
    { source: ['e/'] },
  ],
  'one in the place of another': [
    [
      gone('d'),
      moved('e', 'd', { flags: recursive, before: directory, after: directory }),
      written('x'),
    ],
    'move d>e~=, name d, tree e, name x',
    { source: ['e/'] },
  ],
  'a directory from elsewhere in the place of another is read': [
    [{ ...whole('e'), mask: IN.MOVED_TO, before: directory }],
    'tree e?',
  ],
  'no move where something new is at the old name, and is not in hand': [
    [moved('new', 'old')],
    'name new',
    { source: ['new', 'old'] },
  ],
  'a move where that is in hand': [
    [moved('new', 'old'), written('old')],
    'move old>new, name new, name old',
    { source: ['new', 'old'] },
  ],
  'what was written to at another name, and then moved': [
    [
      { ...gone('a'), mask: IN.CLOSE_WRITE | IN.MOVED_FROM },
      moved('b', 'a'),
      { ...moved('d', 'c'), mask: IN.MOVED_TO | IN.MODIFY },
    ],
    'move a>b, move c>d, name a, name b, name d',
    { source: ['b', 'd'] },
  ],
  'what may have been written to at a name between': [
    [
      { ...gone('between'), before: absent, mask: IN.MOVED_TO | IN.MODIFY | IN.MOVED_FROM },
      moved('b', 'a'),
    ],
    'move a>b, name between, name b',
    { source: ['b'] },
  ],
  'no move of what has gone again': [[moved('new', 'old')], 'name new'],
  'nor out of or to what is left alone': [
    [moved('a', 'left'), moved('left/b', 'c')],
    'name a, name left/b',
    { source: ['a', 'left/b'], closed: ['left', 'left/b'] },
  ],
  'nor where nothing may be deleted': [
    [moved('new', 'old')],
    'name new',
    { source: ['new'], keeping: true },
  ],
  'where change times tell nothing, what was written is read': [
    [written('a'), touched('b'), whole('d'), written('d/c')],
    'name a?, name b~, tree d, name d/c?',
    { hasChangeTimes: false },
  ],
  'directories in which names were left are swept, if they are there': [
    [written('a')],
    'name a, name d~*',
    { unclean: ['d', 'e', 'f'], source: ['d/', 'f/'], closed: ['f'] },
  ],
};

for (const [name, [entries, expected, trial]] of Object.entries(CASES))
  test(`rows of mode mirror: ${name}`, () => assert.equal(planned(entries, trial), expected));
