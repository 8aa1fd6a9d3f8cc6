/** The watcher's side of the executor: batches against credit, and the question whether anything more has happened. */
import type { Channel } from '../shared/channel.js';
import type { Entry } from '../shared/entry.js';

/** Entries the watcher may have sent and we not yet taken. */
const WINDOW = 32768;

export class Flow {
  private serial = 0;
  private readonly waiting = new Map<number, () => void>();

  constructor(
    private readonly watcher: Channel,
    accept: (entries: readonly Entry[]) => void,
    walked: () => void,
  ) {
    watcher
      .on('batch', ({ entries }) => {
        accept(entries);
        watcher.send('credit', { entries: entries.length });
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

  /** Resolves when everything that happened before the call has been accepted. */
  quiet(): Promise<void> {
    const serial = ++this.serial;
    return new Promise((resolve) => {
      this.waiting.set(serial, resolve);
      this.watcher.send('probe', { serial });
    });
  }
}
