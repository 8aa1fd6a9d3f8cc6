/**
 * Distributes a batch: refusals and releases update the refused paths, changes go to the backlog.
 */
import { monotonic } from '../../shared/clock.js';
import type { Batch, Entry } from '../../shared/entry.js';
import type { OverlongDirectories } from './overlong.js';
import type { RefusedPaths } from './refused.js';

export class Intake {
  constructor(
    private readonly refused: RefusedPaths,
    private readonly overlong: OverlongDirectories,
    private readonly backlog: { add(entry: Entry, now: number): void },
    private readonly now: () => number = monotonic,
  ) {}

  /**
   * The whole batch is taken before anything is synced: a refusal may concern a path beneath
   * another path's change.
   */
  accept({ changes, refused, released }: Batch): void {
    const now = this.now();
    for (const change of changes)
      for (const entry of this.overlong.expand(change))
        if (this.refused.changed(entry)) this.backlog.add(entry, now);
    for (const path of released) this.refused.release(path);
    for (const refusal of refused) this.refused.refuse(refusal);
  }
}
