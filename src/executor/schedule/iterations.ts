/** How many syncs there have been: for `--max-iterations`, and for CLSYNC_ITERATION. */
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

export class Iterations {
  private done = 0;
  private count = 0;

  /** @param isSequence the mode hands over every event: what is new counts when it has been */
  constructor(private readonly isSequence: boolean) {}

  /** Syncs of all that was due that ended well. */
  get ended(): number {
    return this.done;
  }

  /** As the C program counts: new directories too, and not what takes a directory whole. */
  get number(): number {
    return this.count;
  }

  begins(entries: readonly Entry[]): void {
    if (!this.isSequence) this.count += countOfNewDirectories(entries);
  }

  /**
   * One ended well.
   * @param isWhole it was all that was due, or the last portion of that
   * @param counts for CLSYNC_ITERATION
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
