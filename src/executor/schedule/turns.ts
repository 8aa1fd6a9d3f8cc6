/**
 * Keeps new changes from waiting behind paths that change again and again: the two kinds are synced
 * in turn, and the latter only as many at a time as take a moment. Pure; times in milliseconds.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';

/** Up to this many entries are not divided. */
const FEW = 64;
/**
 * The time for one sync of paths that change again: 1/`SHARE` of the time that the first of them
 * has waited, at least `SHORTEST`, at most `LONGEST`.
 */
const SHORTEST = 200;
const SHARE = 4;
const LONGEST = 1000;

export class Turns {
  private wasNew = false;
  /** Paths per millisecond in the last sync. */
  private rate = 1;
  private isRateKnown = false;

  constructor(private readonly isAgain: (path: BytePath) => boolean) {}

  /** To be called when a sync has ended. */
  synced(paths: number, milliseconds: number): void {
    if (paths < FEW / 2) return;
    this.rate = paths / Math.max(milliseconds, 1);
    this.isRateKnown = true;
  }

  /** How many paths take a moment. */
  get portion(): number {
    return this.isRateKnown ? Math.max(FEW, Math.floor(this.rate * LONGEST)) : Infinity;
  }

  /** The entries whose turn it is. @param age how long the first of them has waited */
  choose(entries: readonly Entry[], age: number): readonly Entry[] {
    if (entries.length <= FEW) return entries;
    const again = entries.filter(({ path }) => this.isAgain(path));
    if (again.length <= FEW) return entries;
    this.wasNew = !this.wasNew && again.length < entries.length;
    if (this.wasNew) return entries.filter(({ path }) => !this.isAgain(path));
    const time = Math.min(Math.max(SHORTEST, age / SHARE), LONGEST);
    return again.slice(0, Math.max(FEW, Math.floor(this.rate * time)));
  }
}
