/**
 * The executor's connection to the watcher: receives batches, grants credit, and asks whether more
 * events are waiting.
 */
import type { Channel } from '../../shared/channel.js';
import { sizeOf } from '../../shared/entry.js';
import type { Batch } from '../../shared/entry.js';

/** Credit that the watcher has at most, counted as `sizeOf` counts a batch. */
const WINDOW = 32768;

export class Flow {
  private serial = 0;
  private owed = 0;
  private readonly waiting = new Map<number, () => void>();

  /**
   * @param isBusy while it is true, no new credit is granted: the watcher joins further changes of
   * one path, so a path waits there once and not here many times
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

  /** Grants the credit that was withheld. */
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
