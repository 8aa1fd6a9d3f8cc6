/**
 * What waits to be synced: four queues, each with a delay of its own. Pure: the caller tells the time (milliseconds of any clock
 * that never goes back).
 *
 * A queue's clock starts at its first event. When it is as old as its delay, and the last sync began at least `sync` ago, everything
 * in it is taken; all queues due at that moment are taken together. An event on a path that already waits joins it where it is.
 */
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag } from '../shared/entry.js';
import type { Entry } from '../shared/entry.js';
import { Overlap } from './overlap.js';

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

interface Queue {
  readonly entries: Map<BytePath, Entry>;
  /** When its first event happened; meaningless while empty. */
  since: number;
}

/** What the scheduler takes its work from. */
export interface Backlog {
  readonly size: number;
  /** Whether something found by the initial walk or a rescan waits. */
  readonly hasInitial: boolean;
  add(entry: Entry, now: number): void;
  /** Takes back what a handler failed on; what happened to the path meanwhile is newer. */
  keep(entries: readonly Entry[], now: number): void;
  /** Everything that is due, removed; empty when nothing is. Locked entries wait until `take` is called when they are not. */
  take(now: number, isLocked: (entry: Entry) => boolean): Entry[];
  /** As `take`, whatever the delays. */
  takeAll(now: number): Entry[];
  /** When `take` will find something, if nothing else happens; undefined while all is empty or locked. */
  nextDue(): number | undefined;
  /** Whether something waits at, above or beneath one of these paths. */
  touches(paths: readonly BytePath[]): boolean;
  entriesOf(name: QueueName): Iterable<Entry>;
  adjust(delays: Delays): void;
}

export class Queues implements Backlog {
  private readonly queues: Record<QueueName, Queue> = { normal: empty(), big: empty(), instant: empty(), lockWait: empty() };
  private lastStart = -Infinity;

  /** @param instant entries with one of these flags wait for no delay of their queue */
  constructor(
    private delays: Delays,
    private readonly instant: number = EntryFlag.initial,
  ) {}

  adjust(delays: Delays): void {
    this.delays = delays;
  }

  get size(): number {
    return QUEUES.reduce((sum, name) => sum + this.queues[name].entries.size, 0);
  }

  get hasInitial(): boolean {
    return this.queues.instant.entries.size > 0;
  }

  add(entry: Entry, now: number): void {
    const since = now - entry.age;
    const holder = this.holderOf(entry.path);
    if (holder !== undefined && holder !== 'instant' && entry.flags & this.instant) this.put('instant', merge(this.remove(holder, entry.path), entry), since);
    else this.put(holder ?? this.queueFor(entry), entry, since);
  }

  keep(entries: readonly Entry[], now: number): void {
    for (const older of entries) {
      const holder = this.holderOf(older.path);
      this.put('instant', holder === undefined ? older : merge(older, this.remove(holder, older.path)), now);
    }
  }

  take(now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    if (now < this.lastStart + this.delays.sync) return [];
    return this.collect(QUEUES.filter((name) => now >= this.dueAt(name)), now, isLocked);
  }

  takeAll(now: number): Entry[] {
    return this.collect(QUEUES, now, () => false);
  }

  nextDue(): number | undefined {
    const waiting = QUEUES.filter((name) => name !== 'lockWait' && this.queues[name].entries.size > 0);
    if (waiting.length === 0) return undefined;
    const due = waiting.reduce((first, name) => Math.min(first, this.dueAt(name)), Infinity);
    return Math.max(due, this.lastStart + this.delays.sync);
  }

  touches(paths: readonly BytePath[]): boolean {
    const overlap = new Overlap(paths);
    for (const path of this.paths()) if (overlap.touches(path)) return true;
    return false;
  }

  entriesOf(name: QueueName): Iterable<Entry> {
    return this.queues[name].entries.values();
  }

  private *paths(): Iterable<BytePath> {
    for (const name of QUEUES) yield* this.queues[name].entries.keys();
  }

  private dueAt(name: QueueName): number {
    const queue = this.queues[name];
    if (queue.entries.size === 0) return Infinity;
    return name === 'normal' || name === 'big' ? queue.since + this.delays[name] : queue.since;
  }

  private collect(names: readonly QueueName[], now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    const taken: Entry[] = [];
    const locked: Entry[] = [];
    for (const name of names) {
      for (const entry of this.queues[name].entries.values()) (isLocked(entry) ? locked : taken).push(entry);
      this.queues[name].entries.clear();
    }
    for (const entry of locked) this.put('lockWait', entry, now);
    if (taken.length > 0) this.lastStart = now;
    return taken;
  }

  private queueFor(entry: Entry): QueueName {
    if (entry.flags & this.instant) return 'instant';
    return entry.flags & EntryFlag.big ? 'big' : 'normal';
  }

  private holderOf(path: BytePath): QueueName | undefined {
    return QUEUES.find((name) => this.queues[name].entries.has(path));
  }

  private remove(name: QueueName, path: BytePath): Entry {
    const entry = this.queues[name].entries.get(path) as Entry;
    this.queues[name].entries.delete(path);
    return entry;
  }

  private put(name: QueueName, entry: Entry, since: number): void {
    const queue = this.queues[name];
    queue.since = queue.entries.size === 0 ? since : Math.min(queue.since, since);
    const older = queue.entries.get(entry.path);
    queue.entries.set(entry.path, older ? merge(older, entry) : entry);
  }
}

function empty(): Queue {
  return { entries: new Map(), since: 0 };
}

/** The same path twice is one entry: what stood there before the first event, what stands there after the last. */
function merge(older: Entry, newer: Entry): Entry {
  return { ...newer, mask: (older.mask | newer.mask) >>> 0, before: older.before, flags: older.flags | newer.flags };
}
