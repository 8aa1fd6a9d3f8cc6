/**
 * What is to be told of paths, to several readers. Whatever is added for a path that a reader has
 * yet to take is coalesced where the path already waits for it: a path that changes again and again
 * is taken all the same when its turn comes. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import { Slots } from './slots.js';
import type { Cursor, Slot } from './slots.js';

export class ByPath<T extends { readonly path: BytePath }> {
  private readonly slots = new Slots<T>();
  /** The last slot of each path. Its `earlier` ones wait for slower readers. */
  private readonly newest = new Map<BytePath, Slot<T>>();

  constructor(private readonly coalesce: (older: T, newer: T) => T) {}

  /** At most one slot for each path and reader. */
  get size(): number {
    return this.slots.size;
  }

  cursor(): Cursor<T> {
    return this.slots.cursor();
  }

  /** @param number larger than all before: its place, unless it joins what no reader has taken */
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

  /** No reader takes it any more. */
  remove(path: BytePath): void {
    for (let slot = this.newest.get(path); slot !== undefined; slot = slot.earlier)
      if (!slot.removed) this.slots.remove(slot);
    this.newest.delete(path);
  }

  /** What was added for a path last, unless all readers have taken it. */
  latest(path: BytePath): T | undefined {
    return this.newest.get(path)?.value;
  }

  /** What this reader takes for the path last. */
  waiting(path: BytePath, cursor: Cursor<T>): T | undefined {
    const slot = this.newest.get(path);
    return slot === undefined || cursor.hasTaken(slot) ? undefined : slot.value;
  }

  /**
   * Makes one of two slots of a path that the same readers have yet to take, in the place of the
   * earlier, so that there are never more than readers. Returns the last that is left.
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
