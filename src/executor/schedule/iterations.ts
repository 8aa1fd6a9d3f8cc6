/** Counts syncs, for `--max-iterations` and for CLSYNC_ITERATION. */
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

export class Iterations {
  private done = 0;
  private count = 0;

  /**
   * @param isSequence the mode syncs events one by one: new directories are counted after their
   * sync
   */
  constructor(private readonly isSequence: boolean) {}

  /** Number of successful syncs; all portions of a large sync count as one. */
  get ended(): number {
    return this.done;
  }

  /**
   * The number for CLSYNC_ITERATION, counted like in the C program: new directories count,
   * recursive syncs of a directory do not.
   */
  get number(): number {
    return this.count;
  }

  begins(entries: readonly Entry[]): void {
    if (!this.isSequence) this.count += countOfNewDirectories(entries);
  }

  /**
   * To be called when a sync was successful.
   * @param isWhole it had all due entries, or the last portion of them
   * @param counts it counts for CLSYNC_ITERATION
   */
  endsWell(entries: readonly Entry[], isWhole: boolean, counts: boolean): void {
    if (isWhole) this.done++;
    if (counts) this.count++;
    if (this.isSequence) this.count += countOfNewDirectories(entries);
  }
}

function countOfNewDirectories(entries: readonly Entry[]): number {
  const made = (IN.CREATE | IN.ISDIR) >>> 0;
  return entries.filter(
    ({ mask, flags }) => (mask & made) >>> 0 === made && (flags & EntryFlag.initial) === 0,
  ).length;
}
