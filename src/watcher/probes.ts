/**
 * Answers those who ask whether more events wait: when everything so far is looked at, and what was
 * made of it is sent.
 */
import type { Outbox } from './outgoing/outbox.js';
import type { Crowds } from './walks/crowds.js';

interface Probe {
  readonly outbox: Outbox;
  readonly quiet: () => void;
  /** It is answered once what was read in this round has been looked at (`Rounds`). */
  readonly round: number;
  /** And this crowd has been walked, the last one by then. */
  crowd?: number;
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
  answer(seen: number, crowds: Pick<Crowds, 'first' | 'last'>): void {
    const isDue = (probe: Probe): boolean => {
      if (probe.round > seen) return false;
      probe.crowd ??= crowds.last;
      return probe.crowd < crowds.first;
    };
    const due = this.waiting.filter(isDue);
    this.waiting = this.waiting.filter((probe) => !due.includes(probe));
    for (const { outbox, quiet } of due) outbox.afterPending(quiet);
  }
}
