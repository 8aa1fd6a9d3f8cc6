/** Delays that double while a trouble repeats. Pure; times in milliseconds. */

/** The delay after so many repetitions, from 1: `first`, then doubled, up to `longest`. */
export function doubled(first: number, times: number, longest: number): number {
  return Math.min(first * 2 ** (times - 1), Math.max(first, longest));
}

export class Backoff {
  private times = 0;
  private last = -Infinity;

  /** @param calm after so long without trouble the delays begin anew */
  constructor(
    private readonly first: number,
    private readonly longest: number,
    private readonly calm = 3 * longest,
  ) {}

  /** The trouble is there (again). */
  next(now: number): number {
    if (now - this.last > this.calm) this.reset();
    this.last = now;
    return doubled(this.first, ++this.times, this.longest);
  }

  reset(): void {
    this.times = 0;
  }
}
