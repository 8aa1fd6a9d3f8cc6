/**
 * Answers those who ask whether more events wait: when everything so far is looked at, and what was
 * made of it is sent.
 */
import type { Outbox } from './outgoing/outbox.js';

interface Probe {
  readonly outbox: Outbox;
  readonly quiet: () => void;
  /** It is answered once what was read in this round has been looked at (`Rounds`). */
  readonly round: number;
}

export class Probes {
  private waiting: Probe[] = [];

  add(outbox: Outbox, quiet: () => void, round: number): void {
    this.waiting.push({ outbox, quiet, round });
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /**
   * What was read up to this round has been looked at: each that waits for no later one is answered
   * as soon as its outbox has sent what is pending.
   */
  answer(seen: number): void {
    const { waiting } = this;
    this.waiting = waiting.filter(({ round }) => round > seen);
    for (const { outbox, quiet, round } of waiting) if (round <= seen) outbox.afterPending(quiet);
  }
}
