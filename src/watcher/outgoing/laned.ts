/**
 * Values by path in lanes (src/shared/lanes.ts): a consumer takes some of each lane in turn, so
 * that what waits in one holds up no other. Within a lane the order is that of `ByPath`. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import { ByPath } from './by-path.js';
import type { Cursor, Slot } from './slots.js';

/** Values that are taken of a lane before the next one has its turn. */
const QUANTUM = 64;

/** How far a consumer has come in each lane. */
export class LanedCursor<T extends { readonly path: BytePath }> {
  /** In all lanes, and those in which something is left, in the order of their turns. */
  readonly all = new Map<ByPath<T>, Cursor<T>>();
  private readonly turns = new Map<ByPath<T>, Cursor<T>>();
  private taken = 0;
  /** Values not taken yet. */
  left = 0;

  get next(): Slot<T> | undefined {
    for (const cursor of this.turns.values()) return cursor.next;
    return undefined;
  }

  /** The number of the value that was added first; Infinity: none is left. */
  get oldest(): number {
    let oldest = Infinity;
    for (const { next } of this.turns.values()) oldest = Math.min(oldest, next?.number ?? Infinity);
    return oldest;
  }

  /** The lane whose turn it is, for one value. */
  turn(): [ByPath<T>, Cursor<T>] | undefined {
    for (const first of this.turns) {
      if (++this.taken % QUANTUM === 0 && this.turns.delete(first[0]))
        this.turns.set(first[0], first[1]);
      return first;
    }
    return undefined;
  }

  /** To be called when something has changed in the lane. */
  changed(lane: ByPath<T>, before: number): void {
    const cursor = this.all.get(lane);
    const left = cursor?.left ?? 0;
    this.left += left - before;
    if (cursor === undefined || left === 0) this.turns.delete(lane);
    else if (!this.turns.has(lane)) this.turns.set(lane, cursor);
  }
}

export class Laned<T extends { readonly path: BytePath }> {
  private readonly lanes = new Map<BytePath, ByPath<T>>();
  private readonly cursors: LanedCursor<T>[] = [];
  private count = 0;

  /** @param nameOf the name of a path's lane */
  constructor(
    private readonly coalesce: (older: T, newer: T) => T,
    private readonly nameOf: (path: BytePath) => BytePath,
  ) {}

  /** Values that wait: at most one for each path and consumer. */
  get size(): number {
    return this.count;
  }

  cursor(): LanedCursor<T> {
    const cursor = new LanedCursor<T>();
    this.cursors.push(cursor);
    for (const lane of this.lanes.values()) {
      cursor.all.set(lane, lane.cursor());
      cursor.changed(lane, 0);
    }
    return cursor;
  }

  /** As `Slots.drop`. */
  drop(cursor: LanedCursor<T>): void {
    for (const [lane, own] of cursor.all) lane.drop(own);
    this.cursors.splice(this.cursors.indexOf(cursor), 1);
  }

  /** As `ByPath.add`. */
  add(value: T, number: number): void {
    const name = this.nameOf(value.path);
    this.within(name, this.lanes.get(name) ?? this.open(name), (lane) => lane.add(value, number));
  }

  take(cursor: LanedCursor<T>): T | undefined {
    const turn = cursor.turn();
    if (turn === undefined) return undefined;
    const [lane, own] = turn;
    let value: T | undefined;
    const { path } = own.next?.value ?? {};
    if (path !== undefined) this.within(this.nameOf(path), lane, () => (value = lane.take(own)));
    return value;
  }

  /** Removes a path for all consumers. */
  remove(path: BytePath): void {
    const name = this.nameOf(path);
    const lane = this.lanes.get(name);
    if (lane !== undefined) this.within(name, lane, () => lane.remove(path));
  }

  /** As `Slots.replace`, in each lane. */
  replace(valuesFor: (values: T[]) => readonly T[], number: () => number): void {
    for (const [name, lane] of this.lanes)
      this.within(name, lane, () => lane.replace(valuesFor, number));
  }

  /** As `ByPath.latest`. */
  latest(path: BytePath): T | undefined {
    return this.lanes.get(this.nameOf(path))?.latest(path);
  }

  /** As `ByPath.untaken`. */
  untaken(path: BytePath): T | undefined {
    return this.lanes.get(this.nameOf(path))?.untaken(path);
  }

  /** As `ByPath.waiting`. */
  waiting(path: BytePath, cursor: LanedCursor<T>): T | undefined {
    const lane = this.lanes.get(this.nameOf(path));
    const own = lane && cursor.all.get(lane);
    return own && lane.waiting(path, own);
  }

  private open(name: BytePath): ByPath<T> {
    const lane = new ByPath<T>(this.coalesce);
    this.lanes.set(name, lane);
    for (const cursor of this.cursors) cursor.all.set(lane, lane.cursor());
    return lane;
  }

  /** Changes a lane, and counts what that has changed. */
  private within(name: BytePath, lane: ByPath<T>, change: (lane: ByPath<T>) => void): void {
    const size = lane.size;
    const before = this.cursors.map(({ all }) => all.get(lane)?.left ?? 0);
    change(lane);
    this.count += lane.size - size;
    if (lane.size === 0) {
      this.lanes.delete(name);
      for (const cursor of this.cursors) cursor.all.delete(lane);
    }
    for (const [index, cursor] of this.cursors.entries())
      cursor.changed(lane, before[index] as number);
  }
}
