/**
 * The interface of a monitor: a watched tree that returns findings of events, walks and searches.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Payload } from '../../shared/messages.js';
import type { Mounted } from '../../shared/mount-table.js';
import type { MonitorName } from '../../shared/monitors.js';
import type { Rule } from '../../shared/settings.js';
import type { Finding } from './findings.js';
import type { PastEvent } from './history.js';

/** The root's node. */
export const ROOT_NODE = 0;

/** Bits of `enum walk_option` in src/native/watch/watch.h. */
export const WalkOption = {
  /** Report every object, not only the directory the walk began with. */
  objects: 1,
  ignoreRules: 2,
  /** Report only what the last change of the rules allowed or refused. */
  changedRules: 4,
  /** Only the directory itself: those in it that are new are found, and not entered. */
  flat: 8,
  /** Report regular files that were modified since `since`, too. */
  recent: 16,
  /** Report what is in each directory (`Found.listing`). */
  listing: 32,
  /** Look at every file for the sake of those with several names, not only at directories. */
  links: 64,
} as const;

/** Result of one call: what it found, and whether more is left to do. */
export interface Round {
  readonly findings: Iterable<Finding>;
  readonly more: boolean;
}

/** How often all that the kernel had reported was read, and up to which time it was looked at. */
export interface Rounds {
  readonly read: number;
  readonly seen: number;
}

export interface Monitor {
  /** Where most events come from, which may be another source than was asked for. */
  readonly source: MonitorName;
  readonly directories: number;
  /**
   * Whether directories are entered in the table when something happens in them: no walk is needed
   * to watch them.
   */
  readonly isLazy: boolean;
  /** The numbers of all nodes are less than this; not all of them exist. */
  readonly nodes: number;
  /** Where mounts below are that may not be entered. */
  readonly refusedMounts: readonly BytePath[];
  /** What is mounted below and not watched by `source`, but by inotify. */
  readonly unmarked: readonly Mounted[];
  /** How each mount below is watched, but for what the rules refuse. */
  readonly mounted: Payload<'mounts'>;
  /** Whether no event waits to be looked at. */
  readonly idle: boolean;
  readonly rounds: Rounds;
  /**
   * Up to which round everything has been looked at, for those who asked in another one; Infinity:
   * up to now. When it is less than somebody waits for, `wake` is called later.
   */
  readonly answered: number;
  setRules(rules: readonly Rule[]): void;
  /**
   * Looks at up to `budget` events. After a round without more, `wake` is called for later ones.
   */
  events(budget: number): Round;
  /**
   * Looks at the places where something has been mounted or unmounted; `now`: milliseconds of
   * CLOCK_MONOTONIC.
   */
  lookAtMounts(now: number): Iterable<Finding>;
  /** Looks at all places where something is mounted. */
  lookAtAllMounts(now: number): Iterable<Finding>;
  /**
   * Whether it is lazy, and must not be any longer: a part of its file system is in the tree twice,
   * and so events have more than one place. Then the whole tree has to be walked.
   */
  completes(): boolean;
  /**
   * Begins a walk beneath `node`, with bits of `WalkOption`. Only one walk is active at a time.
   * `since` (milliseconds since 1970): a flat walk finds no files changed before; with `recent`,
   * those modified later are found.
   */
  walk(node: number, options: number, since?: number): void;
  step(budget: number): Round;
  /**
   * Begins to compare a directory, and tries to watch it before if it `mayWatch`. `pollStep` ends
   * with `Found.polled`. Only one is compared at a time.
   */
  poll(node: number, mayWatch: boolean): void;
  pollStep(budget: number): Round;
  /**
   * Looks at a name, if the directory there can be opened, which it could not; `now`: milliseconds
   * of CLOCK_MONOTONIC.
   */
  pollClosed(path: BytePath, now: number): Iterable<Finding>;
  /**
   * Begins a search for all names of the inodes (`Finding.inode`), and, unless `since` is 0, for
   * all files changed since then (milliseconds since 1970); they are found as `Found.link`. The
   * latter looks at all files, and finds the other names of several, too (`NOTICED`).
   */
  search(inodes: readonly string[], since: number): void;
  /** Looks at one name: a `Found.link` if something stands there that is no directory. */
  searchName(node: number, name: BytePath): Iterable<Finding>;
  searchIn(node: number): Iterable<Finding>;
  searchStep(budget: number): Round;
  /**
   * Where a displaced directory is: still `away` from its path, `there` again, or `gone` from the
   * tree.
   */
  revisit(node: number): 'away' | 'there' | 'gone';
  /** Forgets directories that have left the tree. */
  sweep(): Iterable<Finding>;
  /**
   * Of a lazy monitor with more than `keep` directories in its table: prepares to forget some in
   * which nothing has happened for a while, and returns their nodes. Once events have been looked
   * at again, `forget` forgets them, but for those needed meanwhile and those `kept`; `more`: it is
   * too early, or there is more to do.
   */
  retire(keep: number): { readonly nodes: readonly number[]; readonly more: boolean };
  forget(kept: readonly number[]): Round;
  /** The last raw events, the oldest first: a few thousand. */
  history(): Iterable<PastEvent>;
  pathOf(node: number): BytePath | undefined;
  nodeOf(directory: BytePath): number | undefined;
  close(): void;
}
