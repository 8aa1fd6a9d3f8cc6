/** Sends the status to the master, and knows whether the master has published it. */
import { STATUSES } from '../../shared/settings.js';
import type { DaemonStatus } from '../../shared/settings.js';

export class StatusReport {
  private shown: DaemonStatus | undefined;
  /** Number of statuses sent and not yet confirmed as published. */
  private underway = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly send: (status: number) => void) {}

  get current(): DaemonStatus | undefined {
    return this.shown;
  }

  show(status: DaemonStatus): void {
    if (status === this.shown) return;
    this.shown = status;
    this.underway++;
    this.send(STATUSES.indexOf(status));
  }

  /** The master confirms that it has published one status. */
  known(): void {
    if (--this.underway > 0) return;
    for (const go of this.waiting.splice(0)) go();
  }

  /** Resolves when every status sent is published; undefined: it is already. */
  arrived(): Promise<void> | undefined {
    return this.underway <= 0 ? undefined : new Promise((resolve) => this.waiting.push(resolve));
  }
}
