/**
 * The executor's connection to the watcher: receives batches, grants credit, and asks whether more
 * events are waiting.
 */
import type { Channel } from '../../shared/channel.js';
import { creditOf } from '../../shared/entry.js';
import type { Batch } from '../../shared/entry.js';
import { ProtocolError } from '../../shared/frames.js';

/** Credit that the watcher has at most, as `creditOf` counts. */
export const WINDOW = 32768;
/** It is granted anew in portions: a message for each batch costs more than what it is about. */
export const PORTION = WINDOW / 8;

export class Flow {
  private serial = 0;
  /** What the watcher may still send, and what it has sent since it was granted something. */
  private granted = 0;
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
        this.charge(batch);
        accept(batch);
        if (!isBusy() || this.waiting.size > 0) this.replenish();
      })
      .on('walked', walked)
      .on('quiet', ({ serial }) => {
        const arrived = this.waiting.get(serial);
        if (arrived === undefined) throw new ProtocolError(`quiet ${serial} answers no probe`);
        arrived();
        this.waiting.delete(serial);
      });
  }

  start(): void {
    this.watcher.start();
    this.grant(WINDOW);
  }

  /** Grants the credit that was withheld, unless the watcher has most of it anyway. */
  replenish(): void {
    if (this.owed < PORTION) return;
    this.grant(this.owed);
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

  private grant(entries: number): void {
    this.granted += entries;
    this.watcher.send('credit', { entries });
  }

  /** Throws ProtocolError, which ends the watcher, for a batch that it may not send. */
  private charge(batch: Batch): void {
    const credit = creditOf(batch);
    if (credit === 0) throw new ProtocolError('an empty batch');
    if (credit > this.granted)
      throw new ProtocolError(`a batch of ${credit}, with a credit of ${this.granted}`);
    this.granted -= credit;
    this.owed += credit;
  }
}
