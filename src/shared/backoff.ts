/** Delays that double while a failure repeats. Pure; times in milliseconds. */

/** The delay after failure number `times` (from 1): `first`, then doubled, up to `longest`. */
export function doubled(first: number, times: number, longest: number): number {
  return Math.min(first * 2 ** (times - 1), Math.max(first, longest));
}

export class Backoff {
  private times = 0;
  private last = -Infinity;

  /** @param calm after this long without a failure, delays begin with `first` again */
  constructor(
    private readonly first: number,
    private readonly longest: number,
    private readonly calm = 3 * longest,
  ) {}

  /** The delay after one more failure, at the time `now`. */
  next(now: number): number {
    if (now - this.last > this.calm) this.reset();
    this.last = now;
    return doubled(this.first, ++this.times, this.longest);
  }

  reset(): void {
    this.times = 0;
  }
}
