/**
 * The backlog of all modes except `simple`: four queues with their delays, and the held paths.
 * Pure.
 *
 * A queue's delay starts with its first event. When it is over, and the last sync began at least
 * `sync` ago, all its entries are taken, together with those of the other queues that are due. A
 * change of a path that waits already joins its entry, in the same queue. When there are very many
 * entries, a portion is taken at a time, in which each directory of the root has its share.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { MOST_PATHS } from '../../shared/collapse.js';
import { EntryFlag, coalesce, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { sharesOf } from '../../shared/lanes.js';
import { QUEUES } from './backlog.js';
import type { Backlog, Delays, Held, QueueCounts, QueueName } from './backlog.js';
import { Division } from './division.js';
import { HeldPaths } from './held.js';
import { Overlap } from './overlap.js';
import { Queue, countsOf, pathsOf } from './queue.js';
import { Turns } from './turns.js';

/**
 * Entries of one portion, unless entries are collapsed into their directories: about 30 ms of work,
 * with a million entries in the queue.
 */
export const PORTION = 8_192;

/** Entries of a sync beside another one, of each queue. */
const APART = 1_024;

export class Queues implements Backlog {
  private readonly queues: Record<QueueName, Queue> = {
    normal: new Queue(),
    big: new Queue(),
    instant: new Queue(),
    lockWait: new Queue(),
  };
  readonly settling = undefined;
  private readonly heldPaths = new HeldPaths();
  private readonly taken = new Set<Entry>();
  private lastStart = -Infinity;
  private lastWasHeld = false;
  private readonly division = new Division();
  /** Number of entries of a sync in portions that still wait. */
  private rest = 0;

  /**
   * @param instant entries with one of these flags are due at once
   * @param collapses many entries may be replaced by one of their directory
   * @param divides lanes with much to do are synced apart from others
   * @param bigWhenClosed big files that were closed wait like others
   * @param decided is told in words what was decided
   * @param turns chooses entries of the normal queue; used when there is no delay between syncs
   */
  constructor(
    private delays: Delays,
    private readonly instant: number = EntryFlag.initial,
    private readonly turns: Turns = new Turns(() => false),
    private readonly collapses = false,
    private readonly divides: () => boolean = () => false,
    private readonly decided: (text: string) => void = () => undefined,
    private readonly bigWhenClosed: () => boolean = () => false,
  ) {}

  adjust(delays: Delays): void {
    this.delays = delays;
  }

  get size(): number {
    return QUEUES.reduce((sum, name) => sum + this.queues[name].entries.size, this.heldPaths.size);
  }

  get inHand(): ReadonlySet<Entry> {
    return this.taken;
  }

  get failing(): number {
    return this.heldPaths.failing.length;
  }

  get held(): ReadonlyMap<BytePath, Held> {
    return this.heldPaths.all;
  }

  get hasInitial(): boolean {
    return this.queues.instant.entries.size > 0;
  }

  get goesOn(): boolean {
    return this.rest > 0;
  }

  find(path: BytePath): Entry | undefined {
    const holder = this.holderOf(path);
    return holder === undefined
      ? this.heldPaths.all.get(path)?.entry
      : this.queues[holder].entries.get(path);
  }

  add(entry: Entry, now: number): void {
    const since = Math.min(entry.since, now);
    if (entry.path === ROOT && isRecursive(entry)) this.release(now);
    if (this.heldPaths.join(entry)) return;
    const holder = this.holderOf(entry.path);
    if (holder !== undefined && holder !== 'instant' && entry.flags & this.instant)
      this.queues.instant.put(coalesce(this.queues[holder].remove(entry.path), entry), since);
    else if (holder === 'big' && this.isClosed(entry))
      this.queues.normal.put(coalesce(this.queues[holder].remove(entry.path), entry), now);
    else this.queues[holder ?? this.queueFor(entry)].put(entry, since);
    this.limit('normal');
  }

  /** While syncs fail, what they had waits again beside what has changed since. */
  private limit(name: 'normal' | 'instant'): void {
    const queue = this.queues[name];
    const { size } = queue.entries;
    if (!this.collapses || size <= MOST_PATHS) return;
    queue.collapse(MOST_PATHS / 4);
    this.decided(`collapsed: ${size} paths wait as ${queue.entries.size} directories`);
  }

  take(now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    if (now < this.lastStart + this.delays.sync) return [];
    const due = QUEUES.filter((name) => now >= this.dueAt(name));
    // Held paths are tried in a sync of their own, in turn with the queues.
    this.lastWasHeld = this.heldPaths.nextDue() <= now && (due.length === 0 || !this.lastWasHeld);
    if (!this.lastWasHeld) {
      const lanes = due.map((name) => this.queues[name].entries);
      const isFree = this.divides() ? this.division.choose(lanes) : undefined;
      return this.collect(due, now, isLocked, this.delays.sync === 0, isFree);
    }
    const entries = this.heldPaths.takeDue(now, PORTION);
    const free = entries.filter((entry) => !isLocked(entry));
    for (const entry of entries) if (isLocked(entry)) this.queues.lockWait.put(entry, now);
    return this.begin(free, now);
  }

  takeAll(now: number): Entry[] {
    for (const entry of this.heldPaths.takeDue(now, PORTION)) this.queues.instant.put(entry, now);
    return this.collect(
      QUEUES.filter((name) => this.queues[name].entries.size > 0),
      now,
      () => false,
    );
  }

  takeApart(
    now: number,
    isFree: (lane: BytePath) => boolean,
    isWanted: (entry: Entry) => boolean,
  ): Entry[] {
    const found: Entry[] = [];
    for (const name of QUEUES.filter((queue) => now >= this.dueAt(queue)))
      for (const entry of this.queues[name].entries.first(APART, isFree))
        if (isWanted(entry)) found.push(this.queues[name].remove(entry.path));
    return this.begin(found, now);
  }

  takeAlso(isWanted: (entry: Entry) => boolean): Entry[] {
    const found = this.heldPaths.takeWanted(isWanted);
    for (const name of QUEUES)
      for (const entry of this.queues[name].entries.values())
        if (isWanted(entry)) found.push(this.queues[name].remove(entry.path));
    for (const entry of found) this.taken.add(entry);
    return found;
  }

  settled(entries: readonly Entry[]): void {
    for (const entry of entries) this.taken.delete(entry);
  }

  kept(entries: readonly Entry[], now: number): void {
    for (const older of entries) {
      this.taken.delete(older);
      this.queues.instant.put(this.withNewer(older), now);
    }
    this.limit('instant');
  }

  hold(entries: readonly Entry[], wait: Omit<Held, 'entry'>): void {
    for (const older of entries) {
      this.taken.delete(older);
      this.heldPaths.hold(this.withNewer(older), wait);
    }
  }

  leaveOut(entries: readonly Entry[]): BytePath[] {
    if (this.heldPaths.size === 0) return [];
    this.heldPaths.widenBeneath(new Set(entries.filter(isRecursive).map(({ path }) => path)));
    // A failure of the root itself, for example to set its times, must not prevent the sync of
    // everything beneath it.
    return this.heldPaths.failing.filter((path) => path !== ROOT);
  }

  release(due: number): void {
    this.heldPaths.release(due);
    this.lastStart = -Infinity;
  }

  settleNow(): number {
    return 0;
  }

  /** Takes what waits for a path out of the backlog. */
  withdraw(path: BytePath): void {
    const holder = this.holderOf(path);
    if (holder === undefined) this.heldPaths.remove(path);
    else this.queues[holder].remove(path);
  }

  nextDue(): number | undefined {
    const waiting = QUEUES.filter(
      (name) => name !== 'lockWait' && this.queues[name].entries.size > 0,
    );
    const due = waiting.reduce(
      (first, name) => Math.min(first, this.dueAt(name)),
      this.heldPaths.nextDue(),
    );
    return due === Infinity ? undefined : Math.max(due, this.lastStart + this.delays.sync);
  }

  touched(entries: readonly Entry[]): Entry[] {
    const overlap = new Overlap(pathsOf(this.queues));
    return entries.filter(({ path }) => overlap.touches(path));
  }

  get counts(): QueueCounts {
    return countsOf(this.queues);
  }

  entriesOf(name: QueueName): Iterable<Entry> {
    return this.queues[name].entries.values();
  }

  private dueAt(name: QueueName): number {
    const queue = this.queues[name];
    if (queue.entries.size === 0) return Infinity;
    return name === 'normal' || name === 'big' ? queue.since + this.delays[name] : queue.since;
  }

  private collect(
    names: readonly QueueName[],
    now: number,
    isLocked: (entry: Entry) => boolean,
    inTurn = false,
    isFree?: (lane: BytePath) => boolean,
  ): Entry[] {
    const taken: Entry[] = [];
    const locked: Entry[] = [];
    let [looked, left] = [0, 0];
    const shares = sharesOf(
      names.map((name) => this.queues[name].entries.size),
      this.collapses ? MOST_PATHS : Math.min(PORTION, this.turns.portion),
    );
    for (const [index, name] of names.entries()) {
      const { entries, since } = this.queues[name];
      const first = entries.first(shares[index] as number, isFree);
      looked += first.length;
      left += entries.size - first.length;
      const chosen = inTurn && name === 'normal' ? this.turns.choose(first, now - since) : first;
      for (const entry of chosen) (isLocked(entry) ? locked : taken).push(entry);
      if (chosen.length === entries.size) entries.clear();
      else for (const { path } of chosen) entries.delete(path);
    }
    // Entries added since the sync began do not belong to it.
    this.rest = Math.min(left, this.rest > 0 ? Math.max(0, this.rest - looked) : left);
    for (const entry of locked) this.queues.lockWait.put(entry, now);
    return this.begin(taken, now);
  }

  private begin(entries: Entry[], now: number): Entry[] {
    // The next portion does not wait.
    if (entries.length > 0) this.lastStart = this.rest > 0 ? -Infinity : now;
    for (const entry of entries) this.taken.add(entry);
    return entries;
  }

  /** Joins it with the changes of its path since it was taken. */
  private withNewer(older: Entry): Entry {
    const holder = this.holderOf(older.path);
    return holder === undefined ? older : coalesce(older, this.queues[holder].remove(older.path));
  }

  private queueFor(entry: Entry): QueueName {
    if (entry.flags & this.instant) return 'instant';
    return entry.flags & EntryFlag.big && !this.isClosed(entry) ? 'big' : 'normal';
  }

  private isClosed({ mask }: Entry): boolean {
    return this.bigWhenClosed() && (mask & (IN.CLOSE_WRITE | IN.MOVED_TO)) !== 0;
  }

  private holderOf(path: BytePath): QueueName | undefined {
    return QUEUES.find((name) => this.queues[name].entries.has(path));
  }
}
