/**
 * Sends one executor what waits for it, in bounded batches and never more than the credit it
 * granted. Calls back when what was pending at some time has been sent.
 */
import type { Channel } from '../../shared/channel.js';
import { creditOf } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { LIMITS } from '../../shared/messages.js';
import type { Consumer } from './pending.js';

/**
 * Bytes of paths in a batch: far less than a frame holds, so that one batch does not fill the
 * socket.
 */
const BYTES = 256 << 10;

export type Sender = Pick<Channel, 'send' | 'drained'> & {
  /** As of a channel. Missing: nothing waits. */
  readonly unsent?: number;
  /** Whether others wait for it. */
  holdsUp?: boolean;
};

export class Outbox {
  private credit = 0;
  private draining = false;
  private hasLeft = false;
  /** It hears of the end of the walk that is made for it. */
  isJoining = false;
  private readonly promises: { readonly after: number; readonly keep: () => void }[] = [];

  constructor(
    private readonly consumer: Consumer,
    readonly executor: Sender,
  ) {}

  /** What waits to be sent, as `sizeOf` counts. */
  get size(): number {
    return this.consumer.size;
  }

  /** Adds to the credit: the executor is ready to take so much more, as `creditOf` counts. */
  grant(credit: number): void {
    this.credit += credit;
    this.flush();
  }

  /** Calls `keep` as soon as all that is pending now has been sent. */
  afterPending(keep: () => void): void {
    if (this.hasLeft) return keep();
    this.promises.push({ after: this.consumer.last, keep });
    this.keepPromises();
  }

  /** The initial walk is over. The executor hears of it after what the walk found. */
  walked(): void {
    this.afterPending(() => this.executor.send('walked', {}));
  }

  /** Sends it what nobody else is sent. */
  give(change: Entry): void {
    if (!this.hasLeft) this.consumer.give(change);
  }

  /** The executor is gone: nothing is kept for it, and whoever waits for it waits no longer. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.consumer.leave();
    for (const { keep } of this.promises.splice(0)) keep();
  }

  /** Sends as much as credit and socket allow. */
  flush(): void {
    if (this.hasLeft) return;
    for (let left = Infinity; !this.draining && this.credit > 0 && this.consumer.size < left;) {
      left = this.consumer.size;
      const batch = this.consumer.take({ size: LIMITS.list, credit: this.credit, bytes: BYTES });
      if (batch === undefined) continue;
      const { changes, refused, released } = batch;
      this.credit -= creditOf(batch);
      if (!this.executor.send('batch', { changes, refused, released })) this.drain();
    }
    this.keepPromises();
  }

  private drain(): void {
    this.draining = true;
    void this.executor.drained().then(() => {
      this.draining = false;
      this.flush();
    });
  }

  private keepPromises(): void {
    for (let first = this.promises[0]; first !== undefined; first = this.promises[0]) {
      if (!this.consumer.hasTaken(first.after)) return;
      this.promises.shift();
      first.keep();
    }
  }
}
