/**
 * Answers those who ask whether more events wait: when everything so far is looked at, and what was
 * made of it is sent.
 */
import type { Outbox } from './outgoing/outbox.js';

interface Probe {
  readonly outbox: Outbox;
  readonly quiet: () => void;
}

export class Probes {
  private waiting: Probe[] = [];

  add(outbox: Outbox, quiet: () => void): void {
    this.waiting.push({ outbox, quiet });
  }

  /** Nothing is left to look at: each is answered as soon as its outbox has sent what is pending. */
  answer(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const { outbox, quiet } of waiting) outbox.afterPending(quiet);
  }
}
