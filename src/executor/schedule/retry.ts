/** How long to wait before something that failed is tried again. Times in milliseconds. */

import { doubled } from '../../shared/backoff.js';

export interface RetrySettings {
  /** `--retries`: 0: for ever; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly delaySync: number;
}

/** Between tries, at least: a handler that fails at once must not keep a processor busy. */
const SHORTEST = 100;
/** The same for a path that fails by itself. */
export const SHORTEST_APART = 1000;
/** A growing delay stops at this, unless `--delay-sync` is longer. */
const LONGEST = 60_000;
/** The same for another host that could not be reached: only a try can tell when it is back. */
export const LONGEST_UNREACHABLE = 10_000;
/** The same after failures that a changing tree explains. */
const LONGEST_DISTURBED = 1000;
/** A change is worth a try the sooner, but not one for every change. */
const AFTER_CHANGE = 5000;

export class Retry {
  private failures = 0;
  private disturbances = 0;

  /** How often it would have failed with another failure. */
  get next(): number {
    return this.failures + 1;
  }

  /**
   * After a failure: how long until the next try. The user's own number of tries is made at the
   * user's own pace.
   */
  failed(settings: RetrySettings, { shortest = SHORTEST, longest = LONGEST } = {}): number {
    this.failures++;
    const base = Math.max(settings.delaySync, shortest);
    const bounded = (settings.retries ?? 0) > 0 && !settings.ignoreFailures;
    return bounded ? base : doubled(base, this.failures, longest);
  }

  /** After a failure that a changing tree explains: how long until a try that is not counted. */
  disturbed(settings: RetrySettings): number {
    return doubled(Math.max(settings.delaySync, SHORTEST), ++this.disturbances, LONGEST_DISTURBED);
  }

  succeeded(): void {
    this.failures = 0;
    this.disturbances = 0;
  }
}

/** From a failed try to the next, if something changes meanwhile. */
export function delayAfterChange(settings: RetrySettings): number {
  return Math.max(settings.delaySync, AFTER_CHANGE);
}
