/** What a later run is to know of deletions: records of `--state-dir`, in its first file. */
import { isDeepStrictEqual } from 'node:util';
import { identitiesFrom, isSame } from '../../shared/directory-identity.js';
import { DESCRIPTORS } from '../../shared/layout.js';
import { HELD } from '../../shared/messages.js';
import { native } from '../../shared/native.js';
import type { ExecutorSettings, Rule } from '../../shared/settings.js';
import { Records } from '../../shared/state/records.js';
import { RECORDS } from '../../shared/state/files.js';
import type { Holding } from './holding.js';

/** Names of the records; src/master reads them. */
const { ground: GROUND, doubt: DOUBT, paused: PAUSED, pauseNumber: NUMBER, rules: RULES } = RECORDS;

export class Remembered {
  private readonly records = Records.open(DESCRIPTORS.granted);

  /** @param ground what source and destination are, as the master sees them */
  constructor(private readonly ground: unknown) {
    // The first sync may be broken off.
    if (this.records.get(GROUND) === undefined) this.records.put({ [GROUND]: ground });
  }

  /**
   * Whether the destination is the directory that was synced last, which has what is noted of it.
   */
  get isSameDestination(): boolean {
    const [before, now] = [this.records.get(GROUND), this.ground].map(
      (ground) => identitiesFrom(ground).destination,
    );
    // None: it is on another host.
    return before === undefined || now === undefined ? before === now : isSame(before, now);
  }

  /** From now on is synced by these. Returns whether others were before. */
  takeRules(rules: readonly Rule[]): boolean {
    const sum = native.checksum(Buffer.from(JSON.stringify(rules))).toString(16);
    const before = this.records.get(RULES);
    if (before !== sum) this.records.put({ [RULES]: sum });
    return before !== undefined && before !== sum;
  }

  /** Also the next run begins so. @param number of the order */
  pause({ paused = false, pauseNumber }: Pick<ExecutorSettings, 'paused' | 'pauseNumber'>): void {
    if ((this.records.get(PAUSED) === true) === paused) return;
    this.records.put({ [PAUSED]: paused ? true : undefined, [NUMBER]: pauseNumber });
  }

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
