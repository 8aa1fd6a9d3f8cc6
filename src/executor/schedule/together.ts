/**
 * Finds entries that must be in one call. rsync hard-links names of one inode only if they are in
 * one list. Names in different lists would become separate files, until one of them changes again.
 */
import type { Entry } from '../../shared/entry.js';

/**
 * The key of an entry that belongs together with every key: a directory synced whole may contain a
 * name of any inode.
 */
export const EVERY = '*';

/** See `Mode.keyOf`. */
export type KeyOf = (entry: Entry) => string | undefined;

/**
 * Divides the entries, in their order, into groups; entries that must be in one call are in one
 * group.
 */
export function groupsOf(entries: readonly Entry[], keyOf: KeyOf): Entry[][] {
  const keys = entries.map(keyOf);
  const oneForAll = keys.includes(EVERY);
  const groups: Entry[][] = [];
  const byKey = new Map<string, Entry[]>();
  for (const [index, entry] of entries.entries()) {
    const found = keys[index];
    const key = found !== undefined && oneForAll ? EVERY : found;
    const group = key === undefined ? undefined : byKey.get(key);
    if (group !== undefined) {
      group.push(entry);
      continue;
    }
    const made = [entry];
    groups.push(made);
    if (key !== undefined) byKey.set(key, made);
  }
  return groups;
}

/**
 * Takes the other entries that must be in one call with these.
 * @param take takes the wanted entries and returns them; of files that wait to settle only those
 * that are the same inode as one in hand
 * @param keyInHand like `keyOf`, for entries that are in hand already
 */
export function takeCompanions(
  entries: readonly Entry[],
  keyOf: KeyOf,
  take: (isWanted: (entry: Entry) => boolean, isSame: (entry: Entry) => boolean) => Entry[],
  keyInHand: KeyOf = keyOf,
): Entry[] {
  const keys = new Set(entries.map((entry) => keyInHand(entry)).filter((key) => key !== undefined));
  if (keys.size === 0) return [];
  const takeWith = (isWanted: (key: string) => boolean): Entry[] => {
    const has = (entry: Entry, holds: (key: string) => boolean): boolean => {
      const key = keyOf(entry);
      return key !== undefined && holds(key);
    };
    return take(
      (entry) => has(entry, isWanted),
      (entry) => has(entry, (key) => key !== EVERY && keys.has(key)),
    );
  };
  if (keys.has(EVERY)) return takeWith(() => true);
  const taken = takeWith((key) => key === EVERY || keys.has(key));
  return taken.some((entry) => keyOf(entry) === EVERY)
    ? [...taken, ...takeWith(() => true)]
    : taken;
}
