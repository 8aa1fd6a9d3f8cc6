/**
 * The dirty paths: state, not history. A path that changes again before it was taken stays one
 * entry. Refusals are taken before changes, so that the executor knows what is refused in a
 * directory before it syncs it as a whole. Pure.
 */
import { ROOT, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { MOST_PATHS, collapse } from '../../shared/collapse.js';
import {
  EntryFlag,
  ObjectType,
  coalesce,
  isRecursive,
  originThrough,
  sizeOf,
} from '../../shared/entry.js';
import type { Batch, Entry, Refusal } from '../../shared/entry.js';
import { laneOf } from '../../shared/lanes.js';
import { ByPath } from './by-path.js';
import { Laned } from './laned.js';
import type { LanedCursor } from './laned.js';
import type { BatchLimits, Consumer, Pending } from './pending.js';
import { BatchBuilder } from './batch-builder.js';
import { Slots } from './slots.js';
import type { Cursor } from './slots.js';

/** The latest decision of the rules about a path. */
interface Ruling {
  readonly path: BytePath;
  /** Undefined: it is released. */
  readonly refusal: Refusal | undefined;
}

/** Numbers of changes and rulings, in the order in which they were added. */
interface Order {
  last: number;
  /**
   * A change with a number up to `collapsed` may have been replaced by a directory with a number up
   * to `standIns`.
   */
  collapsed: number;
  standIns: number;
}

export class DirtySet implements Pending {
  private readonly changes: Laned<Entry>;
  private readonly rulings = new ByPath<Ruling>((_, newer) => newer);
  private readonly order: Order = { last: 0, collapsed: 0, standIns: 0 };
  /**
   * Most changes that may wait before directories replace them; it grows when that has not helped.
   */
  private bound: number;
  private everRefused = false;
  private readonly consumers = new Set<Consumer>();
  /** There were consumers, and none is left: nobody takes what is added. */
  private isLeft = false;

  /**
   * @param onCollapse called when directories have replaced the changes in them; undefined: changes
   * are never replaced
   * @param isFair what is in each directory of the root is taken in turn; not where all names of an
   * inode, which may lie in several, are to be handed over together
   */
  constructor(
    private readonly onCollapse?: () => void,
    isFair = false,
  ) {
    this.changes = new Laned(coalesce, isFair ? laneOf : () => ROOT);
    this.bound = onCollapse === undefined ? Infinity : MOST_PATHS;
  }

  get size(): number {
    return this.changes.size + this.rulings.size;
  }

  add(change: Entry): void {
    if (this.isLeft) return;
    const { path, after } = change;
    this.changes.add(change, ++this.order.last);
    if (this.changes.size > this.bound) this.collapse();
    const refusal = this.rulings.latest(path)?.refusal;
    if (refusal === undefined) return;
    // What is in a directory stays refused while the directory is there.
    if (!refusal.contentOnly || after === ObjectType.absent) this.release(path);
  }

  /** Makes one move of a chain of moves of which none has been taken, by the fastest consumer. */
  originOf(from: BytePath, to: BytePath): BytePath | undefined {
    const origin = originThrough(from, this.changes.untaken(from));
    return origin === to ? undefined : origin;
  }

  waitingOrigin(path: BytePath): BytePath | undefined {
    return this.changes.latest(path)?.origin;
  }

  refuse(refusal: Refusal): void {
    this.everRefused = true;
    if (this.isLeft) return;
    if (!refusal.contentOnly) this.changes.remove(refusal.path);
    this.rulings.add({ path: refusal.path, refusal }, ++this.order.last);
  }

  release(path: BytePath): void {
    if (this.everRefused && !this.isLeft)
      this.rulings.add({ path, refusal: undefined }, ++this.order.last);
  }

  consumer(): Consumer {
    const { changes, rulings, order, consumers } = this;
    const consumer: Consumer = new DirtyConsumer(changes, rulings, order, () => {
      consumers.delete(consumer);
      this.isLeft = consumers.size === 0;
    });
    consumers.add(consumer);
    this.isLeft = false;
    return consumer;
  }

  private collapse(): void {
    const before = this.order.last;
    this.changes.replace(collapsed, () => ++this.order.last);
    Object.assign(this.order, { collapsed: before, standIns: this.order.last });
    this.bound = Math.max(MOST_PATHS, 2 * this.changes.size);
    this.onCollapse?.();
  }
}

class DirtyConsumer implements Consumer {
  private readonly changed: LanedCursor<Entry>;
  private readonly ruled: Cursor<Ruling>;
  /** What no other consumer takes. */
  private readonly own = new Slots<Entry>();
  private readonly given = this.own.cursor();
  private ownLast = 0;

  constructor(
    private readonly changes: Laned<Entry>,
    private readonly rulings: ByPath<Ruling>,
    private readonly order: Readonly<Order>,
    private readonly hasLeft: () => void,
  ) {
    this.changed = changes.cursor();
    this.ruled = rulings.cursor();
  }

  get size(): number {
    return this.changed.left + this.ruled.left + this.given.left;
  }

  get last(): number {
    return this.order.last;
  }

  hasTaken(last: number): boolean {
    const until = last <= this.order.collapsed ? this.order.standIns : last;
    if (this.given.left > 0) return false;
    return this.changed.oldest > until && (this.ruled.next?.number ?? Infinity) > until;
  }

  take(limits: BatchLimits): Batch | undefined {
    const batch = new BatchBuilder(limits);
    for (const { path, refusal } of batch.fitting(this.ruled)) {
      this.rulings.take(this.ruled);
      if (refusal === undefined) batch.released.push(path);
      else batch.refused.push(refusal);
    }
    if (this.ruled.next === undefined) {
      for (const change of batch.fitting(this.given)) {
        this.given.take();
        batch.changes.push(change);
      }
      for (const change of batch.fitting(this.changed)) {
        this.changes.take(this.changed);
        if (!this.isRedundant(change)) batch.changes.push(change);
      }
    }
    return sizeOf(batch) === 0 ? undefined : batch;
  }

  give(change: Entry): void {
    this.own.append(++this.ownLast, change);
  }

  leave(): void {
    while (this.ruled.next !== undefined) this.rulings.take(this.ruled);
    while (this.changed.left > 0) this.changes.take(this.changed);
    while (this.given.left > 0) this.given.take();
    this.rulings.drop(this.ruled);
    this.changes.drop(this.changed);
    this.hasLeft();
  }

  /**
   * Whether an ancestor that still waits makes this entry redundant. A file beneath a recursive
   * ancestor keeps its own entry, as a write may have kept its size and time.
   */
  private isRedundant(change: Entry): boolean {
    const recursive = isRecursive(change);
    const implied = (change.flags & EntryFlag.implied) !== 0;
    if (!recursive && !implied) return false;
    for (let above = change.path; above !== ROOT;) {
      above = parent(above);
      const waiting = this.changes.waiting(above, this.changed);
      if (waiting === undefined) continue;
      // What was moved there can be moved at the destination, too.
      if (recursive && isRecursive(waiting)) return change.origin === undefined;
      if (implied && waiting.after === ObjectType.absent) return true;
    }
    return false;
  }
}

/** Replaces plain changes by the directories they are in. */
function collapsed(changes: readonly Entry[]): Entry[] {
  const special = changes.filter((change) => !isPlain(change));
  const closed = new Set(special.map(({ path }) => path));
  const plain = changes.filter(isPlain);
  return [...special, ...collapse(plain, MOST_PATHS / 4, (directory) => !closed.has(directory))];
}

function isPlain({ flags }: Entry): boolean {
  const { recursive, big, implied, linked } = EntryFlag;
  return (flags & ~(recursive | big | implied | linked)) === 0;
}
