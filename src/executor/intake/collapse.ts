/**
 * Beyond a bound, directories stand for what is in them: one recursive sync of a directory costs
 * less than a list of all its names. Pure.
 */
import { ROOT, isBeneath, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

/** A directory with so many of the entries is taken instead of them. */
const MANY = 256;

/** At most `most` entries that cover these, in no particular order. */
export function collapse(entries: Iterable<Entry>, most: number): Entry[] {
  let left = [...entries];
  for (let many = MANY; left.length > most; many = Math.max(1, many >> 2)) {
    const groups = groupsOf(left);
    left = [...groups].flatMap(([directory, group]) =>
      group.length < many ? group : [standIn(directory, group)],
    );
    if (left.every(({ path }) => path === ROOT)) break;
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
 * What happened to any of them has happened to it: whether a file was moved here decides how
 * contents are compared.
 */
function standIn(directory: BytePath, group: readonly Entry[]): Entry {
  const mask = group.reduce<number>((all, entry) => all | entry.mask, IN.ISDIR) >>> 0;
  return {
    path: directory,
    mask,
    before: ObjectType.directory,
    after: ObjectType.directory,
    flags: EntryFlag.recursive,
    age: 0,
  };
}

/** What lies in a directory that is taken whole is not named, and no path twice. */
function withoutCovered(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<BytePath, Entry>();
  for (const entry of entries) {
    const other = byPath.get(entry.path);
    byPath.set(
      entry.path,
      other === undefined
        ? entry
        : { ...entry, mask: (entry.mask | other.mask) >>> 0, flags: entry.flags | other.flags },
    );
  }
  const whole = new Set(
    [...byPath.values()]
      .filter(({ flags }) => (flags & EntryFlag.recursive) !== 0)
      .map(({ path }) => path),
  );
  return [...byPath.values()].filter(({ path }) => !isBeneath(path, whole));
}
