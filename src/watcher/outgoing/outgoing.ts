/** What waits to be sent, and an outbox for each executor. */
import type { Listings } from './listings.js';
import type { Outbox } from './outbox.js';
import type { Pending } from './pending.js';

export class Outgoing {
  constructor(
    readonly pending: Pending,
    private readonly outboxes: readonly Outbox[],
    /** Undefined: no executor keeps marks. */
    readonly listings?: Listings,
  ) {}

  /** How much waits for the fastest executor. A slow one must not hold up the walks. */
  get leastWaiting(): number {
    return this.outboxes.reduce((least, { size }) => Math.min(least, size), Infinity);
  }

  flush(): void {
    for (const outbox of this.outboxes) outbox.flush();
  }

  /** Calls `keep` as soon as all that is pending now has been sent to every executor. */
  afterPending(keep: () => void): void {
    let left = this.outboxes.length;
    for (const outbox of this.outboxes) outbox.afterPending(() => void (--left === 0 && keep()));
  }
}
