/** When to try again after a failure, and when to give up. */

export interface RetrySettings {
  /** 0: for ever. */
  readonly retries: number;
  readonly ignoreFailures: boolean;
  /** Milliseconds. */
  readonly delaySync: number;
}

/** Milliseconds between tries, at least: a handler that fails at once must not keep a processor busy. */
const SHORTEST = 100;
/** Milliseconds a growing delay stops at, unless `--delay-sync` is longer. */
const LONGEST = 60_000;

/** The same after failures that a changing tree explains. */
const LONGEST_DISTURBED = 1000;

export class Retry {
  private failures = 0;
  private disturbances = 0;

  /** After a failure: milliseconds until the next try, or undefined when it was the last. */
  next(settings: RetrySettings): number | undefined {
    this.failures++;
    const base = Math.max(settings.delaySync, SHORTEST);
    const bounded = settings.retries > 0 && !settings.ignoreFailures;
    if (bounded) return this.failures < settings.retries ? base : undefined;
    return Math.min(base * 2 ** (this.failures - 1), Math.max(base, LONGEST));
  }

  /** After a failure that a changing tree explains: milliseconds until a try that is not counted. */
  disturbed(settings: RetrySettings): number {
    this.disturbances++;
    const base = Math.max(settings.delaySync, SHORTEST);
    return Math.min(base * 2 ** (this.disturbances - 1), Math.max(base, LONGEST_DISTURBED));
  }

  succeeded(): void {
    this.failures = 0;
    this.disturbances = 0;
  }
}
