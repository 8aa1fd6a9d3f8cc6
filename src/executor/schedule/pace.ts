/**
 * Adds growing pauses between syncs while the tree changes faster than it can be synced: a sync
 * that starts immediately after another costs as much as a large one and handles few changes. No
 * change waits longer than `oldest` because of this. A change after a calm moment is synced at
 * once. Times in milliseconds.
 */
import { Backoff } from '../../shared/backoff.js';

interface Pauses {
  readonly shortest: number;
  readonly longest: number;
  /** Age at which a change is synced, even if the last sync has just ended. */
  readonly oldest: number;
}

/** Of modes whose syncs start programs, and of those that start none. */
const PROGRAMS: Pauses = { shortest: 25, longest: 500, oldest: 200 };
const NONE: Pauses = { shortest: 5, longest: 40, oldest: 40 };
/** A change later than this after the last sync and its pause does not belong to the same burst. */
const CALM = 100;

export class Pace {
  private ended = -Infinity;
  private pause = 0;
  private readonly backoff: Backoff;
  private readonly oldest: number;
  private decided = true;

  /** @param startsNone no sync starts a program */
  constructor(startsNone = false) {
    const { shortest, longest, oldest } = startsNone ? NONE : PROGRAMS;
    this.backoff = new Backoff(shortest, longest, Infinity);
    this.oldest = oldest;
  }

  /** To be called when a sync has ended. */
  syncEnded(now: number): void {
    this.ended = now;
    this.decided = false;
  }

  /** When a sync of changes that are due since `since` may begin: `now` or later. */
  nextStart(now: number, since: number): number {
    if (now - this.ended > this.pause + CALM) {
      this.backoff.reset();
      this.pause = 0;
    } else if (!this.decided) this.pause = this.backoff.next(now);
    this.decided = true;
    return Math.max(now, Math.min(this.ended + this.pause, since + this.oldest));
  }
}
