/**
 * Where a tree changes all the time, what is new is not held behind what changes again and again:
 * the two are synced in turn, and of the latter no more at a time than takes a moment. Pure; times
 * in milliseconds.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';

/** So few are taken with whatever else there is. */
const FEW = 64;
/**
 * What one sync of what changes again may take: at least; a part of how long the first of it has
 * waited; at most.
 */
const SHORTEST = 200;
const SHARE = 4;
const LONGEST = 1000;

export class Turns {
  private wasNew = false;
  /** Paths a millisecond of the last sync. */
  private rate = 1;

  constructor(private readonly isAgain: (path: BytePath) => boolean) {}

  /** A sync has ended. */
  synced(paths: number, milliseconds: number): void {
    if (paths >= FEW / 2) this.rate = paths / Math.max(milliseconds, 1);
  }

  /** Those whose turn it is. @param age how long the first of them has waited */
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
