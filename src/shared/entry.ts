/**
 * What travels from the watcher to the executor: changed paths, and paths that the rules refuse.
 */
import type { BytePath } from './bytes.js';
import { IN } from './inotify-mask.js';

/** What stands at a path; numbers as in the plug-in interface (`eventobjtype_t` of clsync(1)). */
export const ObjectType = { unknown: 0, absent: 1, file: 2, directory: 3 } as const;
export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType];

export const EntryFlag = {
  /** Sync the path with everything beneath it, deletions included. */
  recursive: 1,
  /** Larger than the big-file threshold, when it was last looked at. */
  big: 2,
  /** Found by the initial walk (or by a full rescan), not by an event. */
  initial: 4,
  /**
   * A directory in which a name makes a path longer than PATH_MAX: a recursive sync of it fails, so
   * it is synced name by name.
   */
  overlong: 8,
  /** Redundant once an absent ancestor is pending. */
  implied: 16,
  /** Nothing has happened since it was synced; another sync may have undone that. */
  again: 32,
  /**
   * The object has, or lately had, other names: at the destination, what is written through one
   * changes all.
   */
  linked: 64,
} as const;

/** `since` of an entry that the executor has just made itself. */
export const JUST_NOW = Number.MAX_SAFE_INTEGER;

/**
 * All changes of one path that wait to be synced. An entry is state, not history: changes of the
 * same path become one entry (`coalesce`).
 */
export interface Entry {
  /** Relative to the watch directory; the root is the empty path. */
  readonly path: BytePath;
  /** inotify(7) event bits, whatever the monitor. */
  readonly mask: number;
  /** What stood there before the first change, and what stands there after the last. */
  readonly before: ObjectType;
  readonly after: ObjectType;
  /** `EntryFlag` bits. */
  readonly flags: number;
  /** When the first change happened: milliseconds of CLOCK_MONOTONIC, or `JUST_NOW`. */
  readonly since: number;
  /**
   * The path from which the object was moved here, as far as events say: a consumer of all earlier
   * entries may have the object there. If the object has been moved away again: the path from which
   * it had come. Only a hint, as another object may stand at that path at the destination.
   */
  readonly origin?: BytePath;
}

/** The rules refuse a path: a directory above it is synced without it. */
export interface Refusal {
  readonly path: BytePath;
  /** What is in the directory is refused, the directory itself is not. */
  readonly contentOnly: boolean;
}

/**
 * What is handed over at a time. Each list has a path at most once. A refused path has no change in
 * the same batch. A change also means that the path itself is not refused.
 */
export interface Batch {
  readonly changes: readonly Entry[];
  readonly refused: readonly Refusal[];
  /** Neither the path nor its content is refused any longer. */
  readonly released: readonly BytePath[];
}

/** How many items a batch holds. */
export function sizeOf({ changes, refused, released }: Batch): number {
  return changes.length + refused.length + released.length;
}

/** Bytes of paths that come with an item at the cost of one credit. */
const CHEAP = 1024;

/**
 * The credit that an item takes. Long paths take more, so that credit bounds memory: items of one
 * executor's credit have less than 1 KiB of paths each on average.
 */
export function creditFor({ path, origin }: Pick<Entry, 'path' | 'origin'>): number {
  return 1 + Math.floor((path.length + (origin?.length ?? 0)) / CHEAP);
}

/** The credit that a batch takes. */
export function creditOf({ changes, refused, released }: Batch): number {
  let credit = 0;
  for (const change of changes) credit += creditFor(change);
  for (const refusal of refused) credit += creditFor(refusal);
  for (const path of released) credit += creditFor({ path });
  return credit;
}

/** Joins two entries of the same path. */
export function coalesce(older: Entry, newer: Entry): Entry {
  const { big, implied, again } = EntryFlag;
  const ofBoth = implied | again;
  const flags = (older.flags & ~(big | ofBoth)) | (newer.flags & ~ofBoth);
  const origin = newer.origin ?? (isSameObject(newer) ? older.origin : undefined);
  return {
    path: newer.path,
    mask: (older.mask | newer.mask) >>> 0,
    before: older.before,
    after: newer.after,
    flags: flags | (older.flags & newer.flags & ofBoth),
    since: Math.min(older.since, newer.since),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Whether a change concerns the object that stood at its path before, rather than a new one. */
function isSameObject({ mask, after }: Entry): boolean {
  if (after === ObjectType.absent) return (mask & IN.MOVED_FROM) !== 0;
  return (mask & (IN.CREATE | IN.MOVED_TO)) === 0;
}

/**
 * The origin of a move as seen by a consumer that has not taken `waiting`. Undefined: the object
 * was new there, and has never been sent.
 * @param origin the path the object was moved from last
 * @param waiting the entry of that path that still waits; a move in it is joined with this one
 */
export function originThrough(origin: BytePath, waiting: Entry | undefined): BytePath | undefined {
  if (waiting === undefined) return origin;
  return waiting.origin ?? (waiting.before === ObjectType.absent ? undefined : origin);
}

export function isLinked({ flags }: Pick<Entry, 'flags'>): boolean {
  return (flags & EntryFlag.linked) !== 0;
}

export function isRecursive({ flags }: Pick<Entry, 'flags'>): boolean {
  return (flags & EntryFlag.recursive) !== 0;
}
