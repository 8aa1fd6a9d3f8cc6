/**
 * Milliseconds of CLOCK_MONOTONIC (clock_gettime(2)): the clock of the kernel's events, the same in
 * every process of the daemon.
 */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** A moment, by both clocks. */
export interface Moment {
  readonly monotonic: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

export function moment(): Moment {
  return { monotonic: monotonic(), wall: Date.now() };
}

/**
 * Milliseconds since 1970: what was changed after a moment has no earlier time, even if the wall
 * clock was set back since. @param now the present moment
 */
export function earliest(then: Moment, now: Moment = moment()): number {
  return Math.min(then.wall, now.wall - (now.monotonic - then.monotonic));
}

/** Milliseconds for which events may wait to be looked at after the clock was set. */
const REMEMBERED = 60_000;

/**
 * What has to be added to monotonic times to get times since 1970: it changes when the wall clock
 * is set, and files keep the times that they got before. Pure.
 */
export class Epochs {
  private current: number | undefined;
  /** The least one before the clock was set, as long as something of that time may be asked for. */
  private earlier = Infinity;
  private until = -Infinity;

  /** The least one that may hold for an event that was not looked at before. */
  least(wall: number, monotonic: number): number {
    const epoch = wall - monotonic;
    if (monotonic > this.until) this.earlier = Infinity;
    if (this.current !== undefined && epoch !== this.current) {
      this.earlier = Math.min(this.earlier, this.current);
      this.until = monotonic + REMEMBERED;
    }
    this.current = epoch;
    return Math.min(epoch, this.earlier);
  }
}
