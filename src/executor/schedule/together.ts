/**
 * Which entries are to be in one call. rsync links the names of an inode that one list has, and
 * makes files of their own of those that come in different lists: they would stay apart until one
 * of them changes again.
 */
import type { Entry } from '../../shared/entry.js';
import type { Mode } from '../modes/mode.js';
import type { Backlog } from './backlog.js';

/**
 * The key of what may have to do with every other key: a directory taken whole may hold a name of
 * any inode.
 */
export const EVERY = '*';

/** undefined: this one may be alone. */
export type KeyOf = (entry: Entry) => string | undefined;

/** Parts of the entries, in their order; what is to be together is in one. */
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
 * What of the rest is to be with these entries.
 * @param take takes what is wanted from the rest
 * @param keyInHand as `keyOf`, of what is in hand already
 */
export function takeCompanions(
  entries: readonly Entry[],
  keyOf: KeyOf,
  take: (isWanted: (entry: Entry) => boolean) => Entry[],
  keyInHand: KeyOf = keyOf,
): Entry[] {
  const keys = new Set(entries.map((entry) => keyInHand(entry)).filter((key) => key !== undefined));
  if (keys.size === 0) return [];
  const takeWith = (isWanted: (key: string) => boolean): Entry[] =>
    take((entry) => {
      const key = keyOf(entry);
      return key !== undefined && isWanted(key);
    });
  if (keys.has(EVERY)) return takeWith(() => true);
  const taken = takeWith((key) => key === EVERY || keys.has(key));
  return taken.some((entry) => keyOf(entry) === EVERY)
    ? [...taken, ...takeWith(() => true)]
    : taken;
}

/** What waits apart and is to be in one call with what is in hand, now in hand, too. */
export function companionsOf(
  entries: readonly Entry[],
  mode: Pick<Mode, 'keyOf'>,
  backlog: Pick<Backlog, 'size' | 'takeAlso'>,
  isLocked: (entry: Entry) => boolean,
): Entry[] {
  if (mode.keyOf === undefined || backlog.size === 0) return [];
  return takeCompanions(
    entries,
    (entry) => mode.keyOf?.(entry),
    (isWanted) => backlog.takeAlso((entry) => isWanted(entry) && !isLocked(entry)),
    (entry) => mode.keyOf?.(entry, true),
  );
}
