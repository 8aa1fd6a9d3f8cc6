/** What waits to be handed over, and an outbox for each executor. */
import type { Outbox } from './outbox.js';
import type { Pending } from './pending.js';

export class Outgoing {
  constructor(
    readonly pending: Pending,
    private readonly outboxes: readonly Outbox[],
  ) {}

  /** What waits for the quickest executor: a slow one is no reason to look for less. */
  get leastWaiting(): number {
    return Math.min(...this.outboxes.map(({ size }) => size));
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
