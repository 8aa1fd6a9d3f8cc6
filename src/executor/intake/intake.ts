/**
 * Distributes a batch: refusals and releases update the refused paths, changes go to the backlog.
 */
import { monotonic } from '../../shared/clock.js';
import { originThrough } from '../../shared/entry.js';
import type { Batch, Entry } from '../../shared/entry.js';
import type { Backlog } from '../schedule/backlog.js';
import type { OverlongDirectories } from './overlong.js';
import type { RefusedPaths } from './refused.js';

export class Intake {
  constructor(
    private readonly refused: RefusedPaths,
    private readonly overlong: OverlongDirectories,
    private readonly backlog: Pick<Backlog, 'add' | 'find'>,
    private readonly now: () => number = monotonic,
  ) {}

  /**
   * The whole batch is taken before anything is synced: a refusal may concern a path beneath
   * another path's change.
   */
  accept({ changes, refused, released }: Batch): void {
    const now = this.now();
    for (const change of this.throughMoves(changes))
      for (const entry of this.overlong.expand(change))
        if (this.refused.changed(entry)) this.backlog.add(entry, now);
    for (const path of released) this.refused.release(path);
    for (const refusal of refused) this.refused.refuse(refusal);
  }

  /** Their origins, as the destination has them: what waits has not been moved there yet. */
  private throughMoves(changes: readonly Entry[]): readonly Entry[] {
    if (changes.every(({ origin }) => origin === undefined)) return changes;
    return changes.map((change) => {
      const { origin: last, ...moved } = change;
      if (last === undefined) return change;
      const origin = originThrough(last, this.backlog.find(last));
      return origin === undefined || origin === moved.path ? moved : { ...moved, origin };
    });
  }
}
