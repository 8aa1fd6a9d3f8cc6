/**
 * While a tree changes faster than it can be synced, each sync that follows another at once costs
 * as much as a large one and does little: then syncs are spaced, more and more, but nothing waits
 * for that longer than `OLDEST`. A change after a calm moment is synced at once. Times in
 * milliseconds.
 */
import { Backoff } from '../../shared/backoff.js';

const SHORTEST = 25;
const LONGEST = 500;
/** Age at which a change is synced, however short the last sync is ago. */
const OLDEST = 200;
/** So long after the last sync (and its pause) a change does not belong to the same burst. */
const CALM = 100;

export class Pace {
  private ended = -Infinity;
  private pause = 0;
  private readonly backoff = new Backoff(SHORTEST, LONGEST, Infinity);
  private decided = true;

  /** A sync ended. */
  syncEnded(now: number): void {
    this.ended = now;
    this.decided = false;
  }

  /** There is work, due since `since`: when it may begin, which is `now` or later. */
  nextStart(now: number, since: number): number {
    if (now - this.ended > this.pause + CALM) {
      this.backoff.reset();
      this.pause = 0;
    } else if (!this.decided) this.pause = this.backoff.next(now);
    this.decided = true;
    return Math.max(now, Math.min(this.ended + this.pause, since + OLDEST));
  }
}
