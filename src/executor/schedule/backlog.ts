/**
 * Entries that wait to be synced, and entries in hand. An entry that is taken stays in hand until
 * it is settled, kept or held; it leaves the backlog only when it is settled. Pure: the caller
 * passes the time, of the same clock as `Entry.since`.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Settling } from './settling.js';

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

/** A path that failed alone, or changed during its sync, and waits for a try of its own. */
export interface Held {
  readonly entry: Entry;
  readonly due: number;
  /** When it is due at the latest if it changes meanwhile. */
  readonly dueIfChanged: number;
  /**
   * True: it failed alone, and other syncs leave it out. False: it changed during its sync, and may
   * be in any sync.
   */
  readonly failing: boolean;
}

export interface QueueCounts extends Readonly<Record<QueueName, number>> {
  /** Undefined: none wait. */
  readonly since: number | undefined;
}

export interface Backlog {
  /** The files that wait to settle; undefined: none has to. */
  readonly settling: Settling | undefined;
  /** Number of entries that wait, without those in hand. */
  readonly size: number;
  readonly inHand: ReadonlySet<Entry>;
  /** Number of held paths that failed alone. */
  readonly failing: number;
  /** The held paths. */
  readonly held: ReadonlyMap<BytePath, Held>;
  /** Whether entries found by the initial walk or a rescan wait. */
  readonly hasInitial: boolean;
  add(entry: Entry, now: number): void;
  /** The entry of this path that waits, for whatever; undefined where events wait one by one. */
  find(path: BytePath): Entry | undefined;
  /**
   * Whether the last `take` or `takeAll` took only a portion: the same sync continues with the
   * entries that were due then.
   */
  readonly goesOn: boolean;
  /**
   * Takes due entries in hand, at most one portion. Locked entries stay until they are not locked
   * any more.
   */
  take(now: number, isLocked: (entry: Entry) => boolean): Entry[];
  /**
   * Like `take`, but ignores the delays of the queues and locks. Held paths are taken only when
   * they are due.
   */
  takeAll(now: number): Entry[];
  /**
   * Takes wanted entries that are due, in lanes (src/shared/lanes.ts) that are free, for a sync
   * beside another one, which is no portion of a larger sync.
   */
  takeApart(
    now: number,
    isFree: (lane: BytePath) => boolean,
    isWanted: (entry: Entry) => boolean,
  ): Entry[];
  /**
   * Takes all wanted entries in hand, due or not.
   * @param isSame which files that wait to settle are wanted: other names of what has settled
   */
  takeAlso(isWanted: (entry: Entry) => boolean, isSame?: (entry: Entry) => boolean): Entry[];
  /** These entries in hand are synced. */
  settled(entries: readonly Entry[]): void;
  /** These entries in hand wait again, joined with newer changes of their paths. */
  kept(entries: readonly Entry[], now: number): void;
  /** Like `kept`, but each waits for a try of its own. */
  hold(entries: readonly Entry[], wait: Omit<Held, 'entry'>): void;
  /**
   * Paths that a sync of these entries must leave out: failing ones, and files that wait to
   * settle. Failing ones beneath a recursive entry become recursive, so that their own try includes
   * everything that is left out.
   */
  leaveOut(entries: readonly Entry[]): BytePath[];
  /**
   * The next sync does not wait for the delay between syncs, and held paths become due at `due` or
   * earlier.
   */
  release(due: number): void;
  /** Files that wait to settle are due, settled or not. Returns how many there were. */
  settleNow(now: number): number;
  /** When the next entries are due; undefined: none wait, or all are locked. */
  nextDue(): number | undefined;
  /** The entries for which a change waits at, above or beneath their path. */
  touched(entries: readonly Entry[]): Entry[];
  entriesOf(name: QueueName): Iterable<Entry>;
  adjust(delays: Delays): void;
  /** Number of entries in each queue, and when the first change of them happened. */
  readonly counts: QueueCounts;
}
