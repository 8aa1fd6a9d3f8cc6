/** What a later run is to know of deletions: records of `--state-dir`, in its first file. */
import { isDeepStrictEqual } from 'node:util';
import { DESCRIPTORS } from '../../shared/layout.js';
import { HELD } from '../../shared/messages.js';
import { Records } from '../../shared/state/records.js';
import { RECORDS } from '../../shared/state/files.js';
import type { Holding } from './holding.js';

/** Names of the records; src/master reads them. */
const { ground: GROUND, doubt: DOUBT } = RECORDS;

export class Remembered {
  private readonly records = Records.open(DESCRIPTORS.granted);

  /** @param ground what source and destination are, as the master sees them */
  constructor(private readonly ground: unknown) {}

  /** To be called when the initial sync is over, and when what is held changes after it. */
  note({ paths, reason, why }: Holding): void {
    const isDoubted = paths > 0 && why === HELD.doubt;
    const before = { [GROUND]: this.records.get(GROUND), [DOUBT]: this.records.get(DOUBT) };
    const now = isDoubted
      ? { ...before, [DOUBT]: reason }
      : { [GROUND]: this.ground, [DOUBT]: undefined };
    if (!isDeepStrictEqual(before, now)) this.records.put(now);
  }
}
