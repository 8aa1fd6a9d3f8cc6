/**
 * Events of mode `simple` that failed alone, which have tries of their own, and those that have
 * to come after them (conflicts.ts). Pure. Times in milliseconds.
 */
import type { BytePath } from '../../shared/bytes.js';
import { coalesce } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Held } from './backlog.js';
import { Conflicts } from './conflicts.js';
import type { Numbered } from './event-lanes.js';

interface HeldEvent extends Numbered, Held {
  /** What waits for it, in order. */
  readonly behind: Numbered[];
  /** It is being tried. */
  readonly isInHand: boolean;
}

/** When an event that may not be tried yet is looked at again. */
const LOCKED = 1000;

export class HeldEvents {
  private readonly events = new Map<BytePath, HeldEvent>();
  /** The paths of the held events for which others wait; undefined: to be made. */
  private known: Conflicts<BytePath> | undefined;

  /** Those that are not being tried. */
  get all(): ReadonlyMap<BytePath, Held> {
    return new Map([...this.events].filter(([, { isInHand }]) => !isInHand));
  }

  /** Number of events, without those that are being tried. */
  get size(): number {
    let size = 0;
    for (const { behind, isInHand } of this.events.values())
      size += behind.length + (isInHand ? 0 : 1);
    return size;
  }

  get failing(): number {
    return [...this.events.values()].filter(({ failing, isInHand }) => failing && !isInHand).length;
  }

  /** What waits for the held ones. */
  *waiting(): Generator<Entry> {
    for (const { behind } of this.events.values()) for (const { entry } of behind) yield entry;
  }

  hold(event: Numbered, wait: Omit<Held, 'entry'>): void {
    const held = this.events.get(event.entry.path);
    // Side by side syncs may have had two events of a path in hand.
    if (held !== undefined && held.entry !== event.entry) held.behind.push(event);
    else
      this.events.set(event.entry.path, {
        ...event,
        ...wait,
        behind: held?.behind ?? [],
        isInHand: false,
      });
    this.known = undefined;
  }

  /** Keeps the event if it has to wait for one of these; returns whether it does. */
  keep(event: Numbered): boolean {
    if (this.events.size === 0) return false;
    const first = this.conflicts().find(event.entry);
    const held = first === undefined ? undefined : this.events.get(first);
    if (first === undefined || held === undefined) return false;
    const isSame = first === event.entry.path && held.behind.length === 0 && !held.isInHand;
    // What has failed has not been handed over: both are handed over as one.
    if (isSame)
      this.events.set(first, {
        ...held,
        entry: coalesce(held.entry, event.entry),
        due: Math.min(held.due, held.dueIfChanged),
      });
    else held.behind.push(event);
    this.conflicts().add(event.entry, first);
    return true;
  }

  /** Takes those that are due in hand. */
  takeDue(now: number, most: number, isLocked: (entry: Entry) => boolean): Numbered[] {
    const taken: Numbered[] = [];
    for (const [path, held] of this.events) {
      if (taken.length >= most) break;
      if (held.isInHand || held.due > now) continue;
      const isFree = !isLocked(held.entry);
      if (isFree) taken.push({ number: held.number, entry: held.entry });
      this.events.set(path, isFree ? { ...held, isInHand: true } : { ...held, due: now + LOCKED });
    }
    return taken;
  }

  /** It is to be tried again at once; returns false when it is none of these. */
  putBack(entry: Entry): boolean {
    const held = this.events.get(entry.path);
    if (held?.entry !== entry) return false;
    this.events.set(entry.path, { ...held, isInHand: false, due: -Infinity });
    return true;
  }

  /** Returns what has waited for it. */
  settled(entry: Entry): readonly Numbered[] {
    const held = this.events.get(entry.path);
    if (held?.entry !== entry) return [];
    this.events.delete(entry.path);
    this.known = undefined;
    return held.behind;
  }

  release(due: number): void {
    for (const [path, held] of this.events)
      if (held.due > due) this.events.set(path, { ...held, due });
  }

  nextDue(): number {
    let first = Infinity;
    for (const { due, isInHand } of this.events.values())
      if (!isInHand) first = Math.min(first, due);
    return first;
  }

  private conflicts(): Conflicts<BytePath> {
    if (this.known !== undefined) return this.known;
    const known = new Conflicts<BytePath>();
    for (const [path, { entry, behind }] of this.events) {
      known.add(entry, path);
      for (const event of behind) known.add(event.entry, path);
    }
    return (this.known = known);
  }
}
