/** Computes the delay before the next try after a failure. Times in milliseconds. */

import { doubled } from '../../shared/backoff.js';

export interface RetrySettings {
  /** `--retries`; 0: without limit; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly delaySync: number;
}

/** Shortest delay: a handler that fails at once must not keep a processor busy. */
const SHORTEST = 100;
/** Shortest delay for a path that fails alone. */
export const SHORTEST_APART = 1000;
/** Longest delay, unless `--delay-sync` is longer. */
const LONGEST = 60_000;
/** Longest delay for another host that could not be reached: only a try shows that it is back. */
export const LONGEST_UNREACHABLE = 4_000;
/** Longest delay after failures that a changing tree explains. */
const LONGEST_DISTURBED = 1000;
/**
 * Longest delay once something has changed: it may have removed the cause, but not every change
 * leads to a try.
 */
const AFTER_CHANGE = 5000;

export class Retry {
  private failures = 0;
  private disturbances = 0;
  /** Also when the delays have begun anew since. */
  hasFailed = false;

  /** The number of failures if the next try fails, too. */
  get next(): number {
    return this.failures + 1;
  }

  /**
   * Counts a failure; returns the delay before the next try. The delay does not grow when the user
   * limits the number of tries.
   */
  failed(settings: RetrySettings, { shortest = SHORTEST, longest = LONGEST } = {}): number {
    this.failures++;
    this.hasFailed = true;
    const base = Math.max(settings.delaySync, shortest);
    const bounded = (settings.retries ?? 0) > 0 && !settings.ignoreFailures;
    return bounded ? base : doubled(base, this.failures, longest);
  }

  /**
   * After a failure that a changing tree explains, which is not counted; returns the delay before
   * the next try.
   */
  disturbed(settings: RetrySettings): number {
    return doubled(Math.max(settings.delaySync, SHORTEST), ++this.disturbances, LONGEST_DISTURBED);
  }

  succeeded(): void {
    this.failures = 0;
    this.disturbances = 0;
  }
}

/** The longest delay from a failed try to the next when something changes meanwhile. */
export function delayAfterChange(settings: RetrySettings): number {
  return Math.max(settings.delaySync, AFTER_CHANGE);
}
