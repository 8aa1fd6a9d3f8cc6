/**
 * A backlog to which a file comes only once it has settled (settling.ts). Made only where
 * `--settle` is given. Pure but for what `Settling` is given.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Backlog, Delays, Held, QueueCounts, QueueName } from './backlog.js';
import { Overlap } from './overlap.js';
import type { Queues } from './queues.js';
import type { Settling } from './settling.js';

export class SettledFiles implements Backlog {
  constructor(
    private readonly queues: Queues,
    readonly settling: Settling,
  ) {}

  get size(): number {
    return this.queues.size + this.settling.size;
  }

  get inHand(): ReadonlySet<Entry> {
    return this.queues.inHand;
  }

  get failing(): number {
    return this.queues.failing;
  }

  get held(): ReadonlyMap<BytePath, Held> {
    return this.queues.held;
  }

  get hasInitial(): boolean {
    return this.queues.hasInitial;
  }

  get goesOn(): boolean {
    return this.queues.goesOn;
  }

  add(entry: Entry, now: number): void {
    const ready = this.settling.admit(entry, now, this.queues.find(entry.path));
    if (ready === undefined) this.queues.withdraw(entry.path);
    else this.queues.add(ready, now);
  }

  take(now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    this.passOn(now);
    return this.queues.take(now, isLocked);
  }

  takeAll(now: number): Entry[] {
    this.passOn(now);
    return this.queues.takeAll(now);
  }

  takeApart(
    now: number,
    isFree: (lane: BytePath) => boolean,
    isWanted: (entry: Entry) => boolean,
  ): Entry[] {
    this.passOn(now);
    return this.queues.takeApart(now, isFree, isWanted);
  }

  find(path: BytePath): Entry | undefined {
    return this.queues.find(path);
  }

  takeAlso(isWanted: (entry: Entry) => boolean, isSame?: (entry: Entry) => boolean): Entry[] {
    const found = isSame === undefined ? [] : this.settling.takeWanted(isSame);
    for (const entry of found) this.queues.add(entry, entry.since);
    const own = new Set(found.map(({ path }) => path));
    return this.queues.takeAlso((entry) => own.has(entry.path) || isWanted(entry));
  }

  settled(entries: readonly Entry[]): void {
    this.queues.settled(entries);
  }

  kept(entries: readonly Entry[], now: number): void {
    this.queues.kept(this.withoutChanged(entries), now);
  }

  hold(entries: readonly Entry[], wait: Omit<Held, 'entry'>): void {
    this.queues.hold(this.withoutChanged(entries), wait);
  }

  leaveOut(entries: readonly Entry[]): BytePath[] {
    if (this.settling.size === 0) return this.queues.leaveOut(entries);
    this.settling.widenBeneath(new Set(entries.filter(isRecursive).map(({ path }) => path)));
    // A directory that waits is not left out: what is in it may be among these entries.
    return [...this.queues.leaveOut(entries), ...this.settling.files()];
  }

  release(due: number): void {
    this.queues.release(due);
  }

  settleNow(now: number): number {
    const left = this.settling.takeWanted(() => true);
    for (const entry of left) this.queues.add(entry, now);
    return left.length;
  }

  nextDue(): number | undefined {
    const due = Math.min(this.queues.nextDue() ?? Infinity, this.settling.nextDue());
    return due === Infinity ? undefined : due;
  }

  touched(entries: readonly Entry[]): Entry[] {
    const touched = new Set(this.queues.touched(entries));
    const overlap = new Overlap(this.settling.paths());
    return entries.filter((entry) => touched.has(entry) || overlap.touches(entry.path));
  }

  get counts(): QueueCounts {
    return this.queues.counts;
  }

  entriesOf(name: QueueName): Iterable<Entry> {
    return this.queues.entriesOf(name);
  }

  adjust(delays: Delays): void {
    this.queues.adjust(delays);
  }

  private passOn(now: number): void {
    for (const entry of this.settling.take(now)) this.queues.add(entry, now);
  }

  /** Those of which no change waits to settle; the others wait with that. */
  private withoutChanged(entries: readonly Entry[]): readonly Entry[] {
    const changed = entries.filter(({ path }) => path !== ROOT && this.settling.has(path));
    if (changed.length === 0) return entries;
    for (const entry of changed) this.settling.join(entry);
    this.queues.settled(changed);
    const all = new Set(changed);
    return entries.filter((entry) => !all.has(entry));
  }
}
