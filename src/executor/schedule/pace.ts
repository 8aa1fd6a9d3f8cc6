/**
 * Adds growing pauses between syncs while the tree changes faster than it can be synced: a sync
 * that starts immediately after another costs as much as a large one and handles few changes. No
 * change waits longer than `OLDEST` because of this. A change after a calm moment is synced at
 * once. Times in milliseconds.
 */
import { Backoff } from '../../shared/backoff.js';

const SHORTEST = 25;
const LONGEST = 500;
/** Age at which a change is synced, even if the last sync has just ended. */
const OLDEST = 200;
/** A change later than this after the last sync and its pause does not belong to the same burst. */
const CALM = 100;

export class Pace {
  private ended = -Infinity;
  private pause = 0;
  private readonly backoff = new Backoff(SHORTEST, LONGEST, Infinity);
  private decided = true;

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
    return Math.max(now, Math.min(this.ended + this.pause, since + OLDEST));
  }
}
