/**
 * Compares directories with what they were, one after another, for at most a tenth of the time.
 * Rounds of different reasons come one after the other.
 */
import { TICK } from '../../shared/file-clock.js';
import { Found } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds by which clocks differ, or are corrected, without being set. */
const SLEWED = 1000;
/** Directory entries of one step. */
const BUDGET = 512;
/** Milliseconds of comparing before a pause. */
const TURN = 5;
/** Milliseconds of pause for each millisecond of comparing. */
const PAUSES = 9;

export interface ComparisonsContext {
  readonly timers: Timers;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'poll' | 'pollStep' | 'pollClosed' | 'nodes'> | undefined;
  now(): number;
}

export interface ComparisonRound {
  /** A directory to be compared next; 'none': something else was done; undefined: it is over. */
  next(): { readonly node: number; readonly mayWatch: boolean } | 'none' | undefined;
  /** A directory was compared (`Found.polled`). */
  take(found: Finding): void;
  over(): void;
}

/**
 * 53 bits of the digest of a directory; undefined: what is in a tick of the clock may change once
 * more without a difference in time.
 * @param latest the latest change of a file in it @param wall now; milliseconds since 1970
 */
export function digestOf(
  { signatureLow, signatureHigh }: Pick<Finding, 'signatureLow' | 'signatureHigh'>,
  latest: number,
  wall: number,
): number | undefined {
  if (Math.abs(wall - latest) < TICK) return undefined;
  return signatureLow + (signatureHigh & 0x1fffff) * 2 ** 32;
}

/**
 * A time before all later changes; 0 where the latest so far lies in the future, as the clock was
 * set back. Milliseconds since 1970.
 */
export function changesAfter(latest: number, wall: number): number {
  return latest > wall + SLEWED ? 0 : Math.max(0, latest - SLEWED);
}

export class Comparisons {
  /** The first is under way. */
  private readonly rounds: ComparisonRound[] = [];
  private isComparing = false;

  constructor(private readonly context: ComparisonsContext) {}

  begin(round: ComparisonRound): void {
    this.rounds.push(round);
    if (this.rounds.length === 1) this.turn();
  }

  private turn(): void {
    const { monitor, timers, now } = this.context;
    const began = now();
    while (now() - began < TURN) {
      const [round] = this.rounds;
      if (round === undefined) return;
      if (monitor() !== undefined && this.step(round)) continue;
      this.rounds.shift();
      round.over();
    }
    timers.after((now() - began) * PAUSES, () => this.turn());
  }

  /** Returns whether something is left to do. */
  private step(round: ComparisonRound): boolean {
    const monitor = this.context.monitor();
    if (this.isComparing && monitor !== undefined) {
      const { findings, more } = monitor.pollStep(BUDGET);
      this.isComparing = more;
      for (const found of findings) if (found.kind === Found.polled) round.take(found);
      return true;
    }
    const next = round.next();
    if (next === undefined || next === 'none') return next !== undefined;
    monitor?.poll(next.node, next.mayWatch);
    this.isComparing = true;
    return true;
  }
}
