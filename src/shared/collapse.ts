/**
 * Replaces entries by the directories they are in when there are too many: one recursive sync of a
 * directory costs less than a list of all its names. Pure.
 */
import { ROOT, directoriesAbove, parent } from './bytes.js';
import type { BytePath } from './bytes.js';
import { EntryFlag, ObjectType, coalesce, isLinked, isRecursive } from './entry.js';
import type { Entry } from './entry.js';
import { IN } from './inotify-mask.js';
import { laneOf, sharesOf } from './lanes.js';

/** Most paths that may wait where directories can replace them. */
export const MOST_PATHS = 32_768;
/** A directory that holds this many of the entries replaces them. */
const MANY = 256;

/**
 * At most `most` entries that cover these, in no particular order. There are more if directories
 * for which `mayBeWhole` is false hold more. Each lane (lanes.ts) has its share: where one user has
 * changed very much, no directory of others, and not the whole tree, is taken for it.
 */
export function collapse(
  entries: Iterable<Entry>,
  most: number,
  mayBeWhole: (directory: BytePath) => boolean = () => true,
): Entry[] {
  const lanes = [...lanesOf(entries).values()];
  const shares = sharesOf(
    lanes.map(({ length }) => length),
    most,
  );
  const left = lanes.flatMap((lane, index) =>
    collapseUpTo(lane, Math.max(1, shares[index] as number), mayBeWhole, laneOf),
  );
  // There may be more lanes than that.
  return withoutCovered(left.length > most ? collapseUpTo(left, most, mayBeWhole) : left);
}

function lanesOf(entries: Iterable<Entry>): Map<BytePath, Entry[]> {
  const lanes = new Map<BytePath, Entry[]>();
  for (const entry of entries) {
    const name = laneOf(entry.path);
    const lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, [entry]);
    else lane.push(entry);
  }
  return lanes;
}

/** @param top the path above which nothing takes the place of an entry */
function collapseUpTo(
  entries: readonly Entry[],
  most: number,
  mayBeWhole: (directory: BytePath) => boolean,
  top: (path: BytePath) => BytePath = () => ROOT,
): Entry[] {
  let left = [...entries];
  for (let many = MANY; left.length > most; many = Math.max(1, many >> 2)) {
    const next = [...groupsOf(left, top)].flatMap(([path, group]) =>
      group.length < many || !mayBeWhole(path) ? group : [standIn(path, group)],
    );
    if (many === 1 && next.every(({ path }, index) => path === left[index]?.path)) break;
    left = next;
  }
  return left;
}

function groupsOf(
  entries: readonly Entry[],
  top: (path: BytePath) => BytePath,
): Map<BytePath, Entry[]> {
  const groups = new Map<BytePath, Entry[]>();
  for (const entry of entries) {
    const directory = entry.path === top(entry.path) ? entry.path : parent(entry.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [entry]);
    else group.push(entry);
  }
  return groups;
}

/**
 * A recursive entry of the directory, with the event bits of all entries, as the bits of a move
 * decide how contents are compared, and with the time of the one that has waited longest.
 */
function standIn(directory: BytePath, group: readonly Entry[]): Entry {
  return {
    path: directory,
    mask: group.reduce<number>((all, { mask }) => all | mask, IN.ISDIR) >>> 0,
    before: ObjectType.directory,
    after: ObjectType.directory,
    flags: EntryFlag.recursive | (group.some(isLinked) ? EntryFlag.linked : 0),
    since: group.reduce((first, { since }) => Math.min(first, since), Infinity),
  };
}

/** Joins entries of the same path, and entries beneath a recursive one with that. */
function withoutCovered(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<BytePath, Entry>();
  for (const entry of entries) {
    const other = byPath.get(entry.path);
    byPath.set(entry.path, other === undefined ? entry : coalesce(other, entry));
  }
  const whole = new Set([...byPath.values()].filter(isRecursive).map(({ path }) => path));
  for (const entry of [...byPath.values()]) {
    const cover = byPath.get(topmost(entry.path, whole) ?? entry.path);
    if (cover === undefined || cover === entry) continue;
    byPath.delete(entry.path);
    byPath.set(cover.path, {
      ...cover,
      mask: (cover.mask | entry.mask) >>> 0,
      flags: cover.flags | (entry.flags & EntryFlag.linked),
      since: Math.min(cover.since, entry.since),
    });
  }
  return [...byPath.values()];
}

/** The highest of these directories that the path lies in. */
function topmost(path: BytePath, directories: ReadonlySet<BytePath>): BytePath | undefined {
  if (path === ROOT) return undefined;
  let found: BytePath | undefined;
  for (const above of directoriesAbove(path)) if (directories.has(above)) found = above;
  return found;
}
