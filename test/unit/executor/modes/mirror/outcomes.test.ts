import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { outcomesOf } from '../../../../../src/executor/modes/mirror/outcomes.js';
import type { MirrorFinding, MirrorRow } from '../../../../../src/executor/modes/mirror/wire.js';
import { fromText } from '../../../../../src/shared/bytes.js';
import { EntryFlag } from '../../../../../src/shared/entry.js';
import type { Entry } from '../../../../../src/shared/entry.js';
import { entry } from '../../../../harness/entries.js';

const { EACCES, ENOSPC, EIO, EPERM } = constants.errno;

const ENTRIES = [
  entry('d', 0x100, EntryFlag.recursive),
  entry('d/a', 2),
  entry('e/x', 2),
  entry('f', 2),
  entry('g/tied', 0x100, EntryFlag.linked),
  entry('h', 4, EntryFlag.linked),
];
const ROWS: readonly MirrorRow[] = [
  { verb: 'move', path: fromText('f'), origin: fromText('g') },
  { verb: 'tree', path: fromText('d') },
  { verb: 'name', path: fromText('e/x') },
  { verb: 'name', path: fromText('f') },
];

const failed = (
  row: number,
  path: string,
  call: 'open' | 'write' | 'chown' | 'rename',
  errno: number,
) => ({ kind: 'failed', row, path: fromText(path), call, errno, where: 'destination' }) as const;
const of = (kind: 'changed' | 'vanished' | 'held' | 'skipped', row: number, path: string) =>
  ({ kind, row, path: fromText(path) }) as const;

interface Told {
  readonly apart?: Readonly<Record<string, readonly string[]>>;
  readonly disturbed?: readonly string[];
  readonly held?: readonly string[];
}

function told(findings: readonly MirrorFinding[]): Told | undefined {
  const outcomes = outcomesOf(ENTRIES, ROWS, findings, ({ path, flags }) =>
    (flags & EntryFlag.linked) !== 0 || path === 'd/tied' ? 'one inode' : undefined,
  );
  if (outcomes === undefined) return undefined;
  const names = (entries: readonly Entry[]): readonly string[] =>
    entries.map((one) => (ENTRIES.includes(one) ? one.path : `new ${one.path}`));
  return {
    ...(outcomes.apart.length > 0 && {
      apart: Object.fromEntries(
        outcomes.apart.map(({ failure, entries }) => [failure.reason, names(entries)]),
      ),
    }),
    ...(outcomes.disturbed.length > 0 && { disturbed: names(outcomes.disturbed) }),
    ...(outcomes.held.length > 0 && { held: names(outcomes.held) }),
  };
}

const CASES: Readonly<Record<string, readonly [readonly MirrorFinding[], Told | undefined]>> = {
  'nothing is said: all is done': [[], undefined],
  'names of one inode are tried again together, whichever of them failed': [
    [failed(2, 'g/tied', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['g/tied', 'h'] } },
  ],
  'also where one was found in a directory': [
    [failed(1, 'd/tied', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['new d/tied', 'g/tied', 'h'] } },
  ],
  'what vanished is done, and what may not be made': [
    [of('vanished', 2, 'e/x'), of('skipped', 1, 'd/device')],
    undefined,
  ],
  'what could not be moved was copied': [[failed(0, 'f', 'rename', EACCES)], undefined],
  'an entry in hand': [
    [failed(3, 'f', 'write', EIO)],
    { apart: { 'i/o error (write, destination)': ['f'] } },
  ],
  'a path beneath a directory: the rest of that is done': [
    [failed(1, 'd/b', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['new d/b'] } },
  ],
  'one beneath it that is in hand itself': [
    [failed(1, 'd/a', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['d/a'] } },
  ],
  'a directory that cannot be entered, with what is in hand in it': [
    [failed(1, 'd', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['d', 'd/a'] } },
  ],
  'a directory above that cannot be made': [
    [failed(2, 'e', 'open', EACCES)],
    { apart: { 'permission denied (open, destination)': ['e/x'] } },
  ],
  'attributes of a directory above: what is in it is done': [
    [failed(2, 'e', 'chown', EPERM), failed(2, '', 'chown', EPERM)],
    { apart: { 'operation not permitted (chown, destination)': ['new e', 'new '] } },
  ],
  'paths that fail alike are named together, and each once': [
    [
      failed(3, 'f', 'write', ENOSPC),
      failed(1, 'd/b', 'write', ENOSPC),
      failed(3, 'f', 'chown', EPERM),
    ],
    { apart: { 'no space left on device (write, destination)': ['f', 'new d/b'] } },
  ],
  'what changed is synced again': [
    [of('changed', 3, 'f'), of('changed', 1, 'd/c')],
    { disturbed: ['f', 'new d/c'] },
  ],
  'what deletions are held, the topmost': [
    [of('held', 1, 'd/x/y'), of('held', 1, 'd/x'), of('held', 2, 'e/x')],
    { held: ['new d/x', 'new e/x'] },
  ],
};

for (const [name, [findings, expected]] of Object.entries(CASES))
  test(`what became of a path: ${name}`, () => assert.deepEqual(told(findings), expected));

test('a destination without room is told, and watched for it', () => {
  const outcomes = outcomesOf(ENTRIES, ROWS, [failed(3, 'f', 'write', ENOSPC)], () => undefined);
  assert.equal(outcomes?.apart[0]?.failure.full, true);
  assert.equal(outcomes.apart[0].failure.exit, ENOSPC);
});
