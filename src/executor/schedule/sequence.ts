/**
 * The backlog of mode `simple`: entries in the order of their events, without delays. Where many
 * wait, what happened in each directory of the root has its turn, in its order.
 */
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Backlog, Delays, Held, QueueCounts, QueueName } from './backlog.js';
import { EventLanes } from './event-lanes.js';
import { Overlap } from './overlap.js';

/** Most entries of one sync, a call each: what happens meanwhile elsewhere waits for them. */
const PORTION = 64;

export class Sequence implements Backlog {
  private readonly waiting = new EventLanes();
  private last = 0;
  private initial = 0;
  /** Number of entries of a sync in portions that still wait. */
  private rest = 0;
  private readonly taken = new Map<Entry, number>();
  /** Always empty: later events wait for a failed one. */
  readonly held: ReadonlyMap<BytePath, Held> = new Map();
  readonly failing = 0;
  readonly settling = undefined;

  get size(): number {
    return this.waiting.size;
  }

  get inHand(): ReadonlySet<Entry> {
    return new Set(this.taken.keys());
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

  take(_now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    const taken = this.waiting.take(PORTION, isLocked);
    const entries = taken.map(({ entry }) => entry);
    for (const { entry, number } of taken) this.taken.set(entry, number);
    this.count(entries, -1);
    // Entries added since the sync began do not belong to it.
    this.rest = this.rest > 0 ? Math.max(0, this.rest - taken.length) : this.waiting.size;
    return entries;
  }

  takeAll(): Entry[] {
    return this.take(0, () => false);
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
    for (const entry of entries) this.taken.delete(entry);
  }

  kept(entries: readonly Entry[]): void {
    this.waiting.putBack(
      entries.map((entry) => ({ entry, number: this.taken.get(entry) ?? ++this.last })),
    );
    this.settled(entries);
    this.count(entries, 1);
    // The next sync begins anew with them.
    this.rest = 0;
  }

  hold(entries: readonly Entry[]): void {
    this.kept(entries);
  }

  leaveOut(): BytePath[] {
    return [];
  }

  release(): void {}

  settleNow(): number {
    return 0;
  }

  nextDue(): number | undefined {
    return undefined;
  }

  touched(entries: readonly Entry[]): Entry[] {
    const overlap = new Overlap([...this.waiting.values()].map(({ path }) => path));
    return entries.filter(({ path }) => overlap.touches(path));
  }

  get counts(): QueueCounts {
    const [first] = this.waiting.values();
    return { normal: 0, big: 0, instant: this.size, lockWait: 0, since: first?.since };
  }

  entriesOf(name: QueueName): Iterable<Entry> {
    return name === 'instant' ? this.waiting.values() : [];
  }

  adjust(_delays: Delays): void {}

  private count(entries: readonly Entry[], sign: 1 | -1): void {
    this.initial += sign * entries.filter((entry) => entry.flags & EntryFlag.initial).length;
  }
}
