/**
 * Plans walks of the whole tree after events were lost. Pauses grow, as that may happen again and
 * again.
 */
import { Backoff } from '../../shared/backoff.js';
import type { Timers } from '../timers.js';

/** Milliseconds. */
const AFTER_OVERFLOW = { first: 50, longest: 5_000 } as const;

export interface RescansContext {
  readonly timers: Timers;
  now(): number;
  /** The walk is to begin. */
  rescan(): void;
}

export class Rescans {
  private readonly overflowDelay = new Backoff(AFTER_OVERFLOW.first, AFTER_OVERFLOW.longest);
  private overflowed = false;

  constructor(private readonly context: RescansContext) {}

  /** Whether events were lost, and the walk for them has not begun. */
  get isDue(): boolean {
    return this.overflowed;
  }

  /** Events were lost. Returns whether these are the first since the last walk. */
  afterOverflow(): boolean {
    if (this.overflowed) return false;
    this.overflowed = true;
    const { timers, now, rescan } = this.context;
    timers.after(this.overflowDelay.next(now()), () => {
      this.overflowed = false;
      rescan();
    });
    return true;
  }
}
