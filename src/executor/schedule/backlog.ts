/**
 * What is to be synced, and what is in hand. A path leaves it only as settled: what is taken is in
 * hand until it is `settled`, or `kept` for another try. Pure: the caller tells the time, of the
 * clock of the entries (`Entry.since`).
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';

/** Numbers as in a dump's `queue/N`. */
export const QUEUES = ['normal', 'big', 'instant', 'lockWait'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Milliseconds; 0: at once. */
export interface Delays {
  readonly normal: number;
  readonly big: number;
  /** Between the starts of two syncs. */
  readonly sync: number;
}

/** A path that failed, or changed under the handler, and waits for a try of its own. */
export interface Held {
  readonly entry: Entry;
  readonly due: number;
  /** When it is due at the latest if something happens to it meanwhile. */
  readonly dueIfChanged: number;
  /**
   * It failed by itself: others are synced without it. What changed under the handler may come with
   * any.
   */
  readonly failing: boolean;
}

export interface Backlog {
  /** Entries that wait, those in hand aside. */
  readonly size: number;
  readonly inHand: ReadonlySet<Entry>;
  /** Of those that wait, how many failed by themselves. */
  readonly failing: number;
  /** By path. */
  readonly held: ReadonlyMap<BytePath, Held>;
  /** Whether something found by the initial walk or a rescan waits. */
  readonly hasInitial: boolean;
  add(entry: Entry, now: number): void;
  /**
   * What was due when something was last taken is not all in hand: the same sync goes on with the
   * rest, and is over with the last of it.
   */
  readonly goesOn: boolean;
  /**
   * What is due, as much as is taken at a time, now in hand; empty when nothing is. Locked entries
   * wait until `take` is called when they are not.
   */
  take(now: number, isLocked: (entry: Entry) => boolean): Entry[];
  /** As `take`, whatever the delays of the queues. What is held is taken when it is due. */
  takeAll(now: number): Entry[];
  /** Whatever else waits and is wanted, due or not, now in hand. */
  takeAlso(isWanted: (entry: Entry) => boolean): Entry[];
  /** A handler that was given them ended well. */
  settled(entries: readonly Entry[]): void;
  /** They wait again; what happened to a path meanwhile is newer. */
  kept(entries: readonly Entry[], now: number): void;
  /** The same, but each waits for a try of its own. */
  hold(entries: readonly Entry[], wait: Omit<Held, 'entry'>): void;
  /**
   * Failing paths that a sync of these must do without. Where it takes the directory above whole,
   * their own try will take as much of them.
   */
  leaveOut(entries: readonly Entry[]): BytePath[];
  /**
   * The next sync need not be the usual time after the last, and held paths need not wait longer
   * than until `due`.
   */
  release(due: number): void;
  /**
   * When `take` will find something, if nothing else happens; undefined while all is empty or
   * locked.
   */
  nextDue(): number | undefined;
  /** Those of the entries at, above or beneath which something waits. */
  touched(entries: readonly Entry[]): Entry[];
  entriesOf(name: QueueName): Iterable<Entry>;
  adjust(delays: Delays): void;
}
