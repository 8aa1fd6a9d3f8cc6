/** The backlog of mode `simple`: entries in the order of their events, without delays. */
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Backlog, Delays, Held, QueueName } from './backlog.js';
import { Overlap } from './overlap.js';

/** Most entries of one sync, so that not all entries are in hand at once. */
const PORTION = 512;

export class Sequence implements Backlog {
  private entries: Entry[] = [];
  private initial = 0;
  /** Always empty: later events wait for a failed one. */
  readonly held: ReadonlyMap<BytePath, Held> = new Map();
  readonly failing = 0;
  readonly inHand = new Set<Entry>();
  goesOn = false;
  readonly settling = undefined;

  get size(): number {
    return this.entries.length;
  }

  get hasInitial(): boolean {
    return this.initial > 0;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.count([entry], 1);
  }

  take(_now: number, isLocked: (entry: Entry) => boolean): Entry[] {
    this.goesOn = false;
    const locked = this.entries.slice(0, PORTION).findIndex(isLocked);
    return this.shift(locked < 0 ? PORTION : locked);
  }

  takeAll(): Entry[] {
    const taken = this.shift(PORTION);
    this.goesOn = this.entries.length > 0;
    return taken;
  }

  takeApart(): Entry[] {
    return [];
  }

  takeAlso(): Entry[] {
    return [];
  }

  settled(entries: readonly Entry[]): void {
    for (const entry of entries) this.inHand.delete(entry);
  }

  kept(entries: readonly Entry[]): void {
    this.settled(entries);
    this.entries = [...entries, ...this.entries];
    this.count(entries, 1);
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
    const overlap = new Overlap(this.entries.map(({ path }) => path));
    return entries.filter(({ path }) => overlap.touches(path));
  }

  entriesOf(name: QueueName): Iterable<Entry> {
    return name === 'instant' ? this.entries : [];
  }

  adjust(_delays: Delays): void {}

  private shift(count: number): Entry[] {
    const taken = this.entries.slice(0, count);
    this.entries = this.entries.slice(count);
    this.count(taken, -1);
    for (const entry of taken) this.inHand.add(entry);
    return taken;
  }

  private count(entries: readonly Entry[], sign: 1 | -1): void {
    this.initial += sign * entries.filter((entry) => entry.flags & EntryFlag.initial).length;
  }
}
