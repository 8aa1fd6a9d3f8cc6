/**
 * The watcher's side of the executor: batches against credit, and the question whether anything
 * more has happened.
 */
import type { Channel } from '../../shared/channel.js';
import { sizeOf } from '../../shared/entry.js';
import type { Batch } from '../../shared/entry.js';

/** So much may have been sent by the watcher and not granted anew (`sizeOf`). */
const WINDOW = 32768;

export class Flow {
  private serial = 0;
  private owed = 0;
  private readonly waiting = new Map<number, () => void>();

  /**
   * @param isBusy while it is true, taken entries are not replaced by new credit: the watcher
   * merges what happens meanwhile, so that it waits there once and not here many times
   */
  constructor(
    private readonly watcher: Channel,
    accept: (batch: Batch) => void,
    walked: () => void,
    isBusy: () => boolean,
  ) {
    watcher
      .on('batch', (batch) => {
        this.owed += sizeOf(batch);
        accept(batch);
        if (!isBusy() || this.waiting.size > 0) this.replenish();
      })
      .on('walked', walked)
      .on('quiet', ({ serial }) => {
        this.waiting.get(serial)?.();
        this.waiting.delete(serial);
      });
  }

  start(): void {
    this.watcher.start();
    this.watcher.send('credit', { entries: WINDOW });
  }

  /** Grants what was withheld. */
  replenish(): void {
    if (this.owed === 0) return;
    this.watcher.send('credit', { entries: this.owed });
    this.owed = 0;
  }

  /** Resolves when everything that happened before the call has been accepted. */
  quiet(): Promise<void> {
    const serial = ++this.serial;
    return new Promise((resolve) => {
      this.waiting.set(serial, resolve);
      this.watcher.send('probe', { serial });
      this.replenish();
    });
  }
}
