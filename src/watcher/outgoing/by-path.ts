/**
 * Values by path, for several consumers. A value for a path that already waits is joined with it in
 * its place, so that a path that changes again and again is still taken when its turn comes. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import { Slots } from './slots.js';
import type { Cursor, Slot } from './slots.js';

export class ByPath<T extends { readonly path: BytePath }> {
  private readonly slots = new Slots<T>();
  /** The last slot of each path. Its `earlier` ones wait for slower consumers. */
  private readonly newest = new Map<BytePath, Slot<T>>();

  constructor(private readonly coalesce: (older: T, newer: T) => T) {}

  /** Slots that wait: at most one for each path and consumer. */
  get size(): number {
    return this.slots.size;
  }

  cursor(): Cursor<T> {
    return this.slots.cursor();
  }

  /**
   * @param number the value's place in the order, larger than all before; unused if it joins a slot
   * that no consumer has taken
   */
  add(value: T, number: number): void {
    const newest = this.newest.get(value.path);
    if (newest !== undefined && this.slots.isTakenByNone(newest)) {
      newest.value = this.coalesce(newest.value, value);
      return;
    }
    const slot = this.slots.append(number, value);
    if (newest !== undefined) slot.earlier = this.joined(newest);
    this.newest.set(value.path, slot);
  }

  /** As `Slots.drop`. */
  drop(cursor: Cursor<T>): void {
    this.slots.drop(cursor);
  }

  take(cursor: Cursor<T>): T | undefined {
    const value = cursor.take();
    if (value !== undefined && this.newest.get(value.path)?.removed === true)
      this.newest.delete(value.path);
    return value;
  }

  /** See `Slots.replace`. */
  replace(valuesFor: (values: T[]) => readonly T[], number: () => number): void {
    this.newest.clear();
    for (const slot of this.slots.replace(valuesFor, number)) {
      slot.earlier = this.newest.get(slot.value.path);
      this.newest.set(slot.value.path, slot);
    }
  }

  /** Removes a path for all consumers. */
  remove(path: BytePath): void {
    for (let slot = this.newest.get(path); slot !== undefined; slot = slot.earlier)
      if (!slot.removed) this.slots.remove(slot);
    this.newest.delete(path);
  }

  /** The value added last for a path; undefined when all consumers have taken it. */
  latest(path: BytePath): T | undefined {
    return this.newest.get(path)?.value;
  }

  /** The same, unless some consumer has taken it. */
  untaken(path: BytePath): T | undefined {
    const slot = this.newest.get(path);
    return slot === undefined || !this.slots.isTakenByNone(slot) ? undefined : slot.value;
  }

  /** The last value of the path that this cursor has yet to take. */
  waiting(path: BytePath, cursor: Cursor<T>): T | undefined {
    const slot = this.newest.get(path);
    return slot === undefined || cursor.hasTaken(slot) ? undefined : slot.value;
  }

  /**
   * Joins two slots of a path that the same consumers have yet to take, in the place of the earlier
   * one, so that a path never has more slots than there are consumers. Returns the path's last
   * slot.
   */
  private joined(slot: Slot<T>): Slot<T> {
    const { earlier } = slot;
    slot.earlier = earlier === undefined || earlier.removed ? undefined : this.joined(earlier);
    if (slot.earlier === undefined || !this.slots.areTakenAlike(slot.earlier, slot)) return slot;
    slot.earlier.value = this.coalesce(slot.earlier.value, slot.value);
    this.slots.remove(slot);
    return slot.earlier;
  }
}
