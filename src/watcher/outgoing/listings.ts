/**
 * Sends executors that keep marks (`--state-dir`) what walks find in each directory, for comparison
 * with what was synced before. Walks wait while all read too slowly, or one has too much to read:
 * until then one that reads nothing holds up no other, see hearer.ts.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Finding } from '../monitor/findings.js';
import type { Sender } from './outbox.js';

/** Bytes that may wait for one executor while others have read all. */
const MOST_UNSENT = 1 << 20;

export class Listings {
  /** Those that have not read all that they were told. */
  private readonly behind = new Set<Sender>();
  /** Those that are told of the present walk. */
  private told: readonly Sender[] = [];

  /** @param goOn called when walks may go on */
  constructor(
    private readonly executors: () => readonly Sender[],
    private readonly goOn: () => void,
  ) {}

  /** Whether walks are to wait. */
  get isFull(): boolean {
    if (this.behind.size === 0) return false;
    return this.isAllBehind || [...this.behind].some(hasMuch);
  }

  /** @param only those that the walk is for; undefined: for all */
  begin(isInitial: boolean, only?: readonly Sender[]): void {
    this.told = only ?? this.executors();
    for (const executor of this.told) executor.send('listing', { initial: isInitial ? 1 : 0 });
  }

  rows({ path, detail, rows = Buffer.alloc(0) }: Finding): void {
    for (const executor of this.told) {
      if (executor.send('rows', { directory: path, detail, rows })) continue;
      executor.holdsUp = hasMuch(executor) || this.told.length < this.executors().length;
      if (this.behind.has(executor)) continue;
      this.behind.add(executor);
      void executor.drained().then(() => {
        this.behind.delete(executor);
        executor.holdsUp = false;
        this.goOn();
      });
    }
  }

  /** @param isThere the directory that was walked is still in the tree */
  end(directory: BytePath, isThere: boolean): void {
    for (const executor of this.told)
      executor.send('listed', { directory, isThere: isThere ? 1 : 0 });
  }

  private get isAllBehind(): boolean {
    return this.told.every((executor) => this.behind.has(executor));
  }
}

function hasMuch({ unsent = 0 }: Sender): boolean {
  return unsent > MOST_UNSENT;
}
