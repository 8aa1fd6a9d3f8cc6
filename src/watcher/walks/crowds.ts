/**
 * Directories of which very many names wait at a time: not each of them is looked at then, but the
 * directory is walked, for the names that are there, and if any may be gone or be another directory
 * now, synced as a whole. Pauses grow, as that may happen again and again.
 */
import { Backoff } from '../../shared/backoff.js';
import { Epochs } from '../../shared/clock.js';
import { TICK } from '../../shared/file-clock.js';
import { IN } from '../../shared/inotify-mask.js';
import type { Finding } from '../monitor/findings.js';
import { MADE } from '../outgoing/entries.js';
import type { Timers } from '../timers.js';
import type { Cause } from './walks.js';

/** Milliseconds. */
const PAUSE = { first: 20, longest: 2_000 } as const;

/** What is not seen at the names that are there. Of files, `MOVED_TO` is left out. */
const UNSEEN = IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO;

/** The first event of it, and the bits of all. */
type Crowd = Pick<Finding, 'mask' | 'since' | 'after'> & {
  /** They are counted as they come. */
  readonly number: number;
};

export interface CrowdsContext {
  readonly timers: Pick<Timers, 'after'>;
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** The walk of a directory is to begin. */
  walk(node: number, cause: Partial<Cause>): void;
}

export class Crowds {
  /** Those that wait for their walk, in the order of their numbers. */
  private readonly waiting = new Map<number, Crowd>();
  private readonly pause = new Backoff(PAUSE.first, PAUSE.longest);
  private readonly epochs = new Epochs();
  private isPlanned = false;
  /** The number of the last one. */
  last = 0;

  constructor(private readonly context: CrowdsContext) {}

  /** The number of the first that waits; Infinity: none does. */
  get first(): number {
    for (const { number } of this.waiting.values()) return number;
    return Infinity;
  }

  /** The walk that a directory waits for already is for this, too. */
  add({ target, mask, since, after }: Finding): void {
    const before = this.waiting.get(target);
    this.waiting.set(
      target,
      before === undefined
        ? { mask, since, after, number: ++this.last }
        : { ...before, mask: before.mask | mask },
    );
    this.plan();
  }

  has(node: number): boolean {
    return this.waiting.has(node);
  }

  /** The node no longer exists. */
  forget(node: number): void {
    this.waiting.delete(node);
  }

  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    const { timers, now } = this.context;
    timers.after(this.pause.next(now()), () => {
      this.isPlanned = false;
      this.begin();
    });
  }

  private begin(): void {
    const { now, wall, walk } = this.context;
    const epoch = this.epochs.least(wall(), now());
    for (const [node, { mask, since, after }] of this.waiting) {
      this.waiting.delete(node);
      walk(node, {
        mask: mask & UNSEEN ? (MADE.directory | (mask & IN.MOVED_TO)) >>> 0 : 0,
        since,
        changedSince: after + epoch - TICK,
      });
    }
  }
}
