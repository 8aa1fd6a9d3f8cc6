/**
 * The backlog of mode `simple`: entries in the order of their events, without delays. Where many
 * wait, what happened in each directory of the root has its turn, in its order. An event that fails
 * alone holds back those that have to come after it (conflicts.ts), and no others.
 */
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Backlog, Delays, Held, QueueCounts, QueueName } from './backlog.js';
import { EventLanes } from './event-lanes.js';
import type { Numbered } from './event-lanes.js';
import { HeldEvents } from './held-events.js';
import { Overlap } from './overlap.js';

/** Most entries of one sync, a call each: what happens meanwhile elsewhere waits for them. */
const PORTION = 64;

export class Sequence implements Backlog {
  private readonly waiting = new EventLanes();
  private readonly heldEvents = new HeldEvents();
  private lastWasHeld = false;
  private last = 0;
  private initial = 0;
  /** Number of entries of a sync in portions that still wait. */
  private rest = 0;
  private readonly taken = new Map<Entry, number>();
  readonly settling = undefined;

  get size(): number {
    return this.waiting.size + this.heldEvents.size;
  }

  get inHand(): ReadonlySet<Entry> {
    return new Set(this.taken.keys());
  }

  get failing(): number {
    return this.heldEvents.failing;
  }

  get held(): ReadonlyMap<BytePath, Held> {
    return this.heldEvents.all;
  }

  get hasInitial(): boolean {
    return this.initial > 0;
  }

  get goesOn(): boolean {
    return this.rest > 0;
  }

  add(entry: Entry): void {
    this.waiting.add({ number: ++this.last, entry });
    this.count([entry], 1);
  }

  /** Held events are tried in a sync of their own, in turn with the others. */
  take(now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    const isDue = this.rest === 0 && this.heldEvents.nextDue() <= now;
    if (isDue && !this.lastWasHeld) {
      const held = this.takeHeld(now, isLocked);
      if (held.length > 0) return held;
    }
    const entries = this.takeWaiting(isLocked);
    this.lastWasHeld = false;
    return entries.length > 0 || !isDue ? entries : this.takeHeld(now, isLocked);
  }

  takeAll(now: number): Entry[] {
    return this.take(now, () => false);
  }

  takeApart(): Entry[] {
    return [];
  }

  find(): undefined {
    return undefined;
  }

  takeAlso(): Entry[] {
    return [];
  }

  settled(entries: readonly Entry[]): void {
    const next: Numbered[] = [];
    for (const entry of entries) {
      this.taken.delete(entry);
      for (const event of this.heldEvents.settled(entry)) next.push(event);
    }
    this.putBack(next);
  }

  kept(entries: readonly Entry[]): void {
    const events = this.putDown(entries).filter(({ entry }) => !this.heldEvents.putBack(entry));
    this.putBack(events.filter((event) => !this.heldEvents.keep(event)));
    // The next sync begins anew with them.
    this.rest = 0;
  }

  hold(entries: readonly Entry[], wait: Omit<Held, 'entry'>): void {
    for (const event of this.putDown(entries)) this.heldEvents.hold(event, wait);
  }

  leaveOut(): BytePath[] {
    return [];
  }

  release(due: number): void {
    this.heldEvents.release(due);
  }

  settleNow(): number {
    return 0;
  }

  nextDue(): number | undefined {
    const due = this.heldEvents.nextDue();
    return due === Infinity ? undefined : due;
  }

  touched(entries: readonly Entry[]): Entry[] {
    const overlap = new Overlap([...this.entriesOf('instant')].map(({ path }) => path));
    return entries.filter(({ path }) => overlap.touches(path));
  }

  get counts(): QueueCounts {
    const [first] = this.waiting.values();
    return { normal: 0, big: 0, instant: this.size, lockWait: 0, since: first?.since };
  }

  *entriesOf(name: QueueName): Generator<Entry> {
    if (name !== 'instant') return;
    yield* this.heldEvents.waiting();
    yield* this.waiting.values();
  }

  adjust(_delays: Delays): void {}

  private takeHeld(now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    this.lastWasHeld = true;
    return this.inOneHand(this.heldEvents.takeDue(now, PORTION, isLocked));
  }

  private takeWaiting(isLocked: (entry: Entry) => boolean): Entry[] {
    const before = this.waiting.size;
    const kept: Entry[] = [];
    const taken = this.waiting.take(PORTION, isLocked, (event) => {
      const isKept = this.heldEvents.keep(event);
      if (isKept) kept.push(event.entry);
      return isKept;
    });
    const looked = before - this.waiting.size;
    const entries = this.inOneHand(taken);
    this.count([...entries, ...kept], -1);
    // Entries added since the sync began do not belong to it.
    this.rest = this.rest > 0 ? Math.max(0, this.rest - looked) : this.waiting.size;
    return entries;
  }

  private inOneHand(events: readonly Numbered[]): Entry[] {
    for (const { entry, number } of events) this.taken.set(entry, number);
    return events.map(({ entry }) => entry);
  }

  /** Out of hand, with their numbers, in their order. */
  private putDown(entries: readonly Entry[]): Numbered[] {
    const events = entries.map((entry) => ({
      entry,
      number: this.taken.get(entry) ?? ++this.last,
    }));
    for (const entry of entries) this.taken.delete(entry);
    return events.sort((one, other) => one.number - other.number);
  }

  private putBack(events: readonly Numbered[]): void {
    this.waiting.putBack(events);
    this.count(
      events.map(({ entry }) => entry),
      1,
    );
  }

  private count(entries: readonly Entry[], sign: 1 | -1): void {
    this.initial += sign * entries.filter((entry) => entry.flags & EntryFlag.initial).length;
  }
}
