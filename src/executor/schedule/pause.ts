/**
 * The wait before the handler as a whole is tried again, and what ends it early. Times in
 * milliseconds of a monotonic clock.
 */

export class Pause {
  private until = -Infinity;
  private untilAfterChange = -Infinity;

  /** When the next sync may begin. */
  get end(): number {
    return this.until;
  }

  /** @param afterChange the longest wait once something has changed */
  begin(now: number, delay: number, afterChange: number): void {
    this.until = now + delay;
    this.untilAfterChange = now + afterChange;
  }

  /** To be called when something was added to the backlog. */
  changed(): void {
    this.until = Math.min(this.until, this.untilAfterChange);
  }

  cut(): void {
    this.until = -Infinity;
  }
}
