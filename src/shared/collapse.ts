/**
 * Beyond a bound, directories stand for what is in them: one recursive sync of a directory costs
 * less than a list of all its names. Pure.
 */
import { ROOT, directoriesAbove, parent } from './bytes.js';
import type { BytePath } from './bytes.js';
import { EntryFlag, ObjectType, coalesce, isRecursive } from './entry.js';
import type { Entry } from './entry.js';
import { IN } from './inotify-mask.js';

/** So many paths may wait where directories can stand for them. */
export const MOST_PATHS = 32_768;
/** A directory with so many of the entries is taken instead of them. */
const MANY = 256;

/**
 * At most `most` entries that cover these, in no particular order, unless directories that must not
 * be taken whole hold more.
 */
export function collapse(
  entries: Iterable<Entry>,
  most: number,
  mayBeWhole: (directory: BytePath) => boolean = () => true,
): Entry[] {
  let left = [...entries];
  for (let many = MANY; left.length > most; many = Math.max(1, many >> 2)) {
    const next = [...groupsOf(left)].flatMap(([path, group]) =>
      group.length < many || !mayBeWhole(path) ? group : [standIn(path, group)],
    );
    if (many === 1 && next.every(({ path }, index) => path === left[index]?.path)) break;
    left = next;
  }
  return withoutCovered(left);
}

function groupsOf(entries: readonly Entry[]): Map<BytePath, Entry[]> {
  const groups = new Map<BytePath, Entry[]>();
  for (const entry of entries) {
    const directory = parent(entry.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [entry]);
    else group.push(entry);
  }
  return groups;
}

/**
 * What happened to any of them has happened to the directory: whether a file was moved here decides
 * how contents are compared. Of all of them the first has waited longest.
 */
function standIn(directory: BytePath, group: readonly Entry[]): Entry {
  return {
    path: directory,
    mask: group.reduce<number>((all, { mask }) => all | mask, IN.ISDIR) >>> 0,
    before: ObjectType.directory,
    after: ObjectType.directory,
    flags: EntryFlag.recursive,
    since: group.reduce((first, { since }) => Math.min(first, since), Infinity),
  };
}

/** What lies in a directory that is taken whole is said of that, and no path is named twice. */
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
