/**
 * Delays that double while the trouble repeats and begin anew after it has stopped for a while.
 * Pure.
 */
export class Backoff {
  private delay = 0;
  private last = -Infinity;

  /** All in milliseconds; the first delay is `first`, none is longer than `longest`. */
  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {}

  next(now: number): number {
    const calm = now - this.last > 3 * this.longest;
    this.delay = calm || this.delay === 0 ? this.first : Math.min(this.delay * 2, this.longest);
    this.last = now;
    return this.delay;
  }
}
