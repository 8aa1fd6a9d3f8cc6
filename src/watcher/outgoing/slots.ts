/**
 * A queue with several consumers. Each has a cursor, which goes through the slots in order. A slot
 * is removed when all cursors have taken it, so that a slow consumer holds up no other and nothing
 * is copied for it. Appending, taking and removing take constant time. Pure.
 */

/** One place in the queue. */
export class Slot<T> {
  previous: Slot<T> | undefined;
  next: Slot<T> | undefined;
  /** The slot before this one of the same path, see by-path.ts. */
  earlier: Slot<T> | undefined;
  removed = false;

  /** @param number larger than that of every slot before it */
  constructor(
    readonly number: number,
    public value: T,
  ) {}
}

/** How far a consumer has come. */
export class Cursor<T> {
  constructor(
    private readonly slots: Slots<T>,
    /** The slot that is taken next. */
    public next: Slot<T> | undefined,
    /** Slots not taken yet. */
    public left: number,
  ) {}

  hasTaken({ number }: Slot<T>): boolean {
    return this.next === undefined || this.next.number > number;
  }

  take(): T | undefined {
    const slot = this.next;
    if (slot === undefined) return undefined;
    this.next = slot.next;
    this.left--;
    this.slots.taken(slot);
    return slot.value;
  }
}

/** Neighbouring slots that the same cursors have yet to take. */
interface Part<T> {
  readonly cursors: readonly Cursor<T>[];
  readonly values: T[];
}

export class Slots<T> {
  private readonly cursors: Cursor<T>[] = [];
  private first: Slot<T> | undefined;
  private last: Slot<T> | undefined;
  private count = 0;

  /** Slots that some cursor has not taken. */
  get size(): number {
    return this.count;
  }

  /** A new cursor, which begins with the first slot. */
  cursor(): Cursor<T> {
    const cursor = new Cursor(this, this.first, this.count);
    this.cursors.push(cursor);
    return cursor;
  }

  append(number: number, value: T): Slot<T> {
    return this.appendFor(this.cursors, number, value);
  }

  /**
   * Replaces the values of each part of the queue by those that `valuesFor` returns for them. A
   * part is a run of slots that the same cursors have yet to take. Returns the new slots.
   */
  replace(valuesFor: (values: T[]) => readonly T[], number: () => number): Slot<T>[] {
    const parts = this.parts();
    this.first = this.last = undefined;
    this.count = 0;
    for (const cursor of this.cursors) [cursor.next, cursor.left] = [undefined, 0];
    return parts.flatMap(({ cursors, values }) =>
      valuesFor(values).map((value) => this.appendFor(cursors, number(), value)),
    );
  }

  private parts(): Part<T>[] {
    const parts: Part<T>[] = [];
    let part: Part<T> = { cursors: [], values: [] };
    for (let slot = this.first; slot !== undefined; slot = slot.next) {
      const joining = this.cursors.filter(({ next }) => next === slot);
      if (joining.length > 0 || slot === this.first)
        parts.push((part = { cursors: [...part.cursors, ...joining], values: [] }));
      part.values.push(slot.value);
    }
    return parts;
  }

  private appendFor(cursors: readonly Cursor<T>[], number: number, value: T): Slot<T> {
    const slot = new Slot(number, value);
    slot.previous = this.last;
    if (this.last === undefined) this.first = slot;
    else this.last.next = slot;
    this.last = slot;
    this.count++;
    for (const cursor of cursors) {
      cursor.next ??= slot;
      cursor.left++;
    }
    return slot;
  }

  /** Removes a slot, also for cursors that have not taken it. */
  remove(slot: Slot<T>): void {
    const { previous, next } = slot;
    for (const cursor of this.cursors) {
      if (cursor.hasTaken(slot)) continue;
      cursor.left--;
      if (cursor.next === slot) cursor.next = next;
    }
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    slot.removed = true;
    this.count--;
  }

  /** A cursor that has taken everything, and takes nothing more. */
  drop(cursor: Cursor<T>): void {
    this.cursors.splice(this.cursors.indexOf(cursor), 1);
  }

  /** A cursor has just taken the slot: removes it when it was the last one to do so. */
  taken(slot: Slot<T>): void {
    if (this.cursors.every((cursor) => cursor.hasTaken(slot))) this.remove(slot);
  }

  isTakenByNone(slot: Slot<T>): boolean {
    return !this.cursors.some((cursor) => cursor.hasTaken(slot));
  }

  /** Whether the same cursors have taken both slots. */
  areTakenAlike(one: Slot<T>, other: Slot<T>): boolean {
    return this.cursors.every((cursor) => cursor.hasTaken(one) === cursor.hasTaken(other));
  }
}
