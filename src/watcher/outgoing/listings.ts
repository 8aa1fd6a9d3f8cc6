/**
 * Sends executors that keep marks (`--state-dir`) what walks find in each directory, for comparison
 * with what was synced before. Walks wait while an executor reads too slowly.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Finding } from '../monitor/findings.js';
import type { Sender } from './outbox.js';

export class Listings {
  private waiting = 0;
  /** Those that are told of the present walk. */
  private told: readonly Sender[] = [];

  /** @param goOn called when walks may go on */
  constructor(
    private readonly executors: () => readonly Sender[],
    private readonly goOn: () => void,
  ) {}

  /** Whether walks are to wait. */
  get isFull(): boolean {
    return this.waiting > 0;
  }

  /** @param only those that the walk is for; undefined: for all */
  begin(isInitial: boolean, only?: readonly Sender[]): void {
    this.told = only ?? this.executors();
    for (const executor of this.told) executor.send('listing', { initial: isInitial ? 1 : 0 });
  }

  rows({ path, detail, rows = Buffer.alloc(0) }: Finding): void {
    for (const executor of this.told) {
      if (executor.send('rows', { directory: path, detail, rows })) continue;
      this.waiting++;
      void executor.drained().then(() => {
        if (--this.waiting === 0) this.goOn();
      });
    }
  }

  /** @param isThere the directory that was walked is still in the tree */
  end(directory: BytePath, isThere: boolean): void {
    for (const executor of this.told)
      executor.send('listed', { directory, isThere: isThere ? 1 : 0 });
  }
}
