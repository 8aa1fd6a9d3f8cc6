/**
 * Decides what is done at the destination for the entries in hand: which objects are moved, which
 * names and trees are made equal, and of which the content has to be compared. Pure, but for the
 * source it looks at.
 */
import { isBeneath } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { EntryFlag, ObjectType, isLinked, isRecursive } from '../../../shared/entry.js';
import type { Entry } from '../../../shared/entry.js';
import { IN } from '../../../shared/inotify-mask.js';
import type { Tree } from '../../lists/tree.js';
import { orderMoves } from './moves.js';
import type { Wanted } from './moves.js';
import { RowFlag } from './wire.js';
import type { MirrorRow } from './wire.js';

export interface Ground {
  /** The source. */
  readonly tree: Pick<Tree, 'lstat'>;
  /** Whether a path is left alone, itself or because of a directory above. */
  isClosed(path: BytePath): boolean;
  /** Nothing may be deleted, so that nothing is moved either. */
  readonly keeping: boolean;
  /**
   * Whether a change time tells what was changed after it was copied. If not, everything that an
   * event says was written is compared by its content.
   */
  readonly hasChangeTimes: boolean;
  /** Directories in which temporary names may have been left. */
  readonly unclean: Iterable<BytePath>;
}

const WRITTEN = IN.MODIFY | IN.CLOSE_WRITE | IN.CREATE;
const CONTENT = WRITTEN | IN.MOVED_TO;

/** Moves first, in their order. @param entries none of them is closed */
export function planRows(entries: readonly Entry[], ground: Ground): MirrorRow[] {
  const moves = ground.keeping ? [] : orderMoves(wantedMoves(entries, ground));
  const moved = new Set(moves.map(({ to }) => to));
  const isUntouched = untouched(entries);
  const rows: MirrorRow[] = moves.map(({ from, to, exchange }) => ({
    verb: 'move',
    path: to,
    origin: from,
    flags: (exchange ? RowFlag.exchange : 0) | (isUntouched(from, to) ? RowFlag.unwritten : 0),
  }));
  const whole = new Set(entries.filter(isRecursive).map(({ path }) => path));
  const absent = new Set(entries.filter(isAbsent).map(({ path }) => path));
  for (const entry of entries) {
    const { path } = entry;
    const isChecked = !ground.hasChangeTimes && isWritten(entry);
    if (whole.size > 0 && isBeneath(path, whole) && !isChecked) continue;
    if (isImplied(entry) && absent.size > 0 && isBeneath(path, absent)) continue;
    if (isRecursive(entry)) {
      const isSuspect = isInPlaceOfAnother(entry) && !moved.has(path);
      rows.push({ verb: 'tree', path, flags: isSuspect ? RowFlag.suspect : 0 });
    } else {
      const flags = isChecked ? RowFlag.suspect : isUnwritten(entry) ? RowFlag.unwritten : 0;
      rows.push({ verb: 'name', path, flags });
    }
  }
  for (const path of ground.unclean)
    if (!ground.isClosed(path) && ground.tree.lstat(path)?.kind === 'directory')
      rows.push({ verb: 'name', path, flags: RowFlag.sweep | RowFlag.unwritten });
  return rows;
}

/**
 * Whether nothing says that what was moved was written to, at one of its names: a move gives the
 * copy a change time that would hide it. What is in a directory keeps its own.
 */
function untouched(entries: readonly Entry[]): (from: BytePath, to: BytePath) => boolean {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const isTouched = (entry: Entry | undefined): boolean => ((entry?.mask ?? 0) & WRITTEN) !== 0;
  // It may have been there on its way.
  const isPassing = ({ before, after }: Entry): boolean => before === ABSENT && after === ABSENT;
  const hasTouchedPassing = entries.some((entry) => isPassing(entry) && isTouched(entry));
  return (from, to) => {
    const entry = byPath.get(to);
    if (entry?.after === ObjectType.directory) return true;
    return !hasTouchedPassing && !isTouched(entry) && !isTouched(byPath.get(from));
  };
}

/**
 * What the entries say was moved, and still is where it was moved to. Not what another object may
 * have come in the place of, as it would be missed there until its own change is in hand.
 */
export function wantedMoves(
  entries: readonly Entry[],
  { tree, isClosed }: Pick<Ground, 'tree' | 'isClosed'>,
): Wanted[] {
  const moved = entries.filter(({ origin, after }) => origin !== undefined && after !== ABSENT);
  if (moved.length === 0) return [];
  const inHand = new Set(entries.map(({ path }) => path));
  return moved.flatMap(({ path, origin, before }) => {
    if (origin === undefined || isClosed(origin) || isClosed(path)) return [];
    const status = tree.lstat(path);
    if (status === undefined) return [];
    if (!inHand.has(origin) && tree.lstat(origin) !== undefined) return [];
    // A directory takes the place only of an empty one; the other is removed under the old name.
    const exchange =
      status.kind === 'directory' && before === ObjectType.directory && inHand.has(origin);
    return [{ from: origin, to: path, exchange }];
  });
}

const ABSENT = ObjectType.absent;

function isAbsent({ after }: Entry): boolean {
  return after === ABSENT;
}

/** Once a directory above is removed, it is not there. */
function isImplied({ flags }: Entry): boolean {
  return (flags & EntryFlag.implied) !== 0;
}

function isWritten({ mask, after }: Entry): boolean {
  return (mask & CONTENT) !== 0 && after !== ABSENT && after !== ObjectType.directory;
}

/** Another name of the inode may have been written to; and where it was absent, it may be new. */
function isUnwritten(entry: Entry): boolean {
  return (entry.mask & CONTENT) === 0 && !isLinked(entry) && !isAbsent(entry);
}

/**
 * A directory in the place of another one: unless it was moved at the destination, too, what is in
 * it may have the sizes and times of what was in the other.
 */
function isInPlaceOfAnother(entry: Entry): boolean {
  return isRecursive(entry) && (entry.mask & IN.MOVED_TO) !== 0 && entry.before !== ABSENT;
}
