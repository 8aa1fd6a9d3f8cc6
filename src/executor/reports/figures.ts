/** What is counted of syncs: how long changes waited, and what was written. */
import { EntryFlag, JUST_NOW } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { bucketOf, encodeCounts, NO_DURATIONS } from '../../shared/histogram.js';
import type { Payload } from '../../shared/messages.js';

/** What no event has told, or is synced once more, has kept nobody waiting. */
const UNTIMED = EntryFlag.initial | EntryFlag.again;

export class Figures {
  private bytes = 0;

  /** So many bytes were written at the destination. */
  readonly copied = (bytes: number): void => {
    this.bytes += bytes;
  };

  /**
   * `latencies` and `waited`: since the first change of each path; in all, in milliseconds.
   * @param now milliseconds of CLOCK_MONOTONIC
   */
  of(
    entries: readonly Entry[],
    now: number,
  ): Pick<Payload<'synced'>, 'latencies' | 'waited' | 'bytes'> {
    const counts = [...NO_DURATIONS.counts];
    let waited = 0;
    for (const { since, flags } of entries) {
      if (since === JUST_NOW || since <= 0 || (flags & UNTIMED) !== 0) continue;
      const milliseconds = Math.max(0, now - since);
      const bucket = bucketOf(milliseconds / 1000);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      waited += milliseconds;
    }
    const { bytes } = this;
    this.bytes = 0;
    return { latencies: encodeCounts(counts), waited: Math.round(waited), bytes };
  }
}
