/** What waits to be sent, and an outbox for each executor. */
import type { Listings } from './listings.js';
import type { Outbox } from './outbox.js';
import type { Pending } from './pending.js';

export class Outgoing {
  constructor(
    readonly pending: Pending,
    private readonly outboxes: ReadonlySet<Outbox>,
    /** Undefined: no executor keeps marks. */
    readonly listings?: Listings,
  ) {}

  /** How much waits for the fastest executor. A slow one must not hold up the walks. */
  get leastWaiting(): number {
    let least: number | undefined;
    for (const { size } of this.outboxes) least = Math.min(least ?? size, size);
    return least ?? 0;
  }

  flush(): void {
    for (const outbox of this.outboxes) outbox.flush();
  }

  /** Calls `keep` as soon as all that is pending now has been sent to every executor. */
  afterPending(keep: () => void): void {
    let left = this.outboxes.size;
    if (left === 0) return keep();
    for (const outbox of [...this.outboxes])
      outbox.afterPending(() => void (--left === 0 && keep()));
  }
}
