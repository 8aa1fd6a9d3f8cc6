/**
 * Sends what is pending to the executor: bounded batches, never more entries than it granted, and
 * promises about what has been sent.
 */
import type { Channel } from '../../shared/channel.js';
import type { Pending } from './dirty-set.js';

const BATCH = { entries: 4096, bytes: 256 << 10 } as const;

export class Outbox {
  private credit = 0;
  private waiting = false;
  private readonly promises: { readonly after: number; readonly keep: () => void }[] = [];

  constructor(
    private readonly pending: Pending,
    private readonly executor: Pick<Channel, 'send' | 'drained'>,
    private readonly now: () => number,
  ) {}

  grant(entries: number): void {
    this.credit += entries;
    this.flush();
  }

  /** Calls `keep` as soon as all that is pending now has been sent. */
  afterPending(keep: () => void): void {
    this.promises.push({ after: this.pending.entered, keep });
    this.keepPromises();
  }

  flush(): void {
    while (!this.waiting && this.credit > 0 && this.pending.size > 0) {
      const entries = this.pending.take(
        { ...BATCH, entries: Math.min(BATCH.entries, this.credit) },
        this.now(),
      );
      if (entries.length === 0) continue;
      this.credit -= entries.length;
      if (!this.executor.send('batch', { entries })) this.waitForRoom();
    }
    this.keepPromises();
  }

  private waitForRoom(): void {
    this.waiting = true;
    void this.executor.drained().then(() => {
      this.waiting = false;
      this.flush();
    });
  }

  private keepPromises(): void {
    while (this.promises[0] !== undefined && this.pending.left >= this.promises[0].after)
      this.promises.shift()?.keep();
  }
}
