/**
 * Beyond a bound, directories stand for what is in them: one recursive sync of a directory costs
 * less than a list of all its names. Pure.
 */
import { ROOT, directoriesAbove, parent } from './bytes.js';
import type { BytePath } from './bytes.js';
import { EntryFlag, ObjectType } from './entry.js';
import type { Entry } from './entry.js';
import { IN } from './inotify-mask.js';

/** So many paths may wait where directories can stand for them. */
export const MOST_PATHS = 32_768;
/** A directory with so many of the entries is taken instead of them. */
const MANY = 256;

type Collapsible = Pick<Entry, 'path' | 'mask' | 'flags'>;

/** What a directory is told with when it stands for what is in it. */
export const WHOLE = {
  before: ObjectType.directory,
  after: ObjectType.directory,
  flags: EntryFlag.recursive,
} as const;

/**
 * At most `most` entries that cover these, in no particular order, unless directories that must not
 * be taken whole hold more.
 * @param standIn a directory in place of what is in it
 */
export function collapse<T extends Collapsible>(
  entries: Iterable<T>,
  most: number,
  standIn: (whole: { readonly path: BytePath; readonly mask: number }, group: readonly T[]) => T,
  mayBeWhole: (directory: BytePath) => boolean = () => true,
): T[] {
  let left = [...entries];
  for (let many = MANY; left.length > most; many = Math.max(1, many >> 2)) {
    const next = [...groupsOf(left)].flatMap(([path, group]) =>
      group.length < many || !mayBeWhole(path)
        ? group
        : [standIn({ path, mask: maskOf(group) }, group)],
    );
    if (many === 1 && next.every(({ path }, index) => path === left[index]?.path)) break;
    left = next;
  }
  return withoutCovered(left);
}

function groupsOf<T extends Collapsible>(entries: readonly T[]): Map<BytePath, T[]> {
  const groups = new Map<BytePath, T[]>();
  for (const entry of entries) {
    const directory = parent(entry.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [entry]);
    else group.push(entry);
  }
  return groups;
}

/**
 * What happened to any of them has happened to it: whether a file was moved here decides how
 * contents are compared.
 */
function maskOf(group: readonly Collapsible[]): number {
  return group.reduce<number>((all, entry) => all | entry.mask, IN.ISDIR) >>> 0;
}

/** What lies in a directory that is taken whole is said of that, and no path is named twice. */
function withoutCovered<T extends Collapsible>(entries: readonly T[]): T[] {
  const byPath = new Map<BytePath, T>();
  const add = (entry: T, path: BytePath): void => {
    const other = byPath.get(path);
    byPath.set(
      path,
      other === undefined
        ? entry
        : {
            ...other,
            mask: (entry.mask | other.mask) >>> 0,
            flags: path === entry.path ? entry.flags | other.flags : other.flags,
          },
    );
  };
  for (const entry of entries) add(entry, entry.path);
  const whole = new Set(
    [...byPath.values()]
      .filter(({ flags }) => (flags & EntryFlag.recursive) !== 0)
      .map(({ path }) => path),
  );
  for (const entry of [...byPath.values()]) {
    const cover = topmost(entry.path, whole);
    if (cover === undefined) continue;
    byPath.delete(entry.path);
    add(entry, cover);
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
