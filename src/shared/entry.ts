import type { BytePath } from './bytes.js';

/** What stands at a path; numbers as in the plug-in interface (`eventobjtype_t` of clsync(1)). */
export const ObjectType = { unknown: 0, absent: 1, file: 2, directory: 3 } as const;
export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType];

export const EntryFlag = {
  /** Take the path with everything beneath it, deletions included. */
  recursive: 1,
  /** Larger than the big-file threshold. */
  big: 2,
  /**
   * The rules refuse this path: it is no change, but must be excluded wherever a directory above it
   * is taken recursively.
   */
  refused: 4,
  /** Found by the initial walk (or by a full rescan), not by an event. */
  initial: 8,
  /** A path that was `refused` no longer is (or no longer exists). */
  admitted: 16,
  /**
   * What is in this directory is refused, and nothing else is said of it; with another change of
   * the directory in the same entry, both are.
   */
  contentRefused: 32,
  /**
   * A directory in which a name makes a path longer than PATH_MAX: what goes into it recursively
   * fails, and it is taken name by name.
   */
  overlong: 64,
} as const;

/**
 * One dirty path: state, not history. The same path twice is merged (`mask` OR-ed, `before` of the
 * first, `after` of the last).
 */
export interface Entry {
  /** Relative to the watch directory; the root is the empty path. */
  readonly path: BytePath;
  /** inotify(7) event bits, whatever the monitor. */
  readonly mask: number;
  readonly before: ObjectType;
  readonly after: ObjectType;
  /** `EntryFlag` bits. */
  readonly flags: number;
  /** Milliseconds between the first event for this path and the sending of the entry. */
  readonly age: number;
}
