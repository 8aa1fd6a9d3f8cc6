/** The status as the master knows it, and whether it has made known what it was told last. */
import { STATUSES } from '../shared/settings.js';
import type { DaemonStatus } from '../shared/settings.js';

export class StatusReport {
  private shown: DaemonStatus | undefined;
  /** Told, and not yet known to be where others read it. */
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

  known(): void {
    if (--this.underway > 0) return;
    for (const go of this.waiting.splice(0)) go();
  }

  /** Resolves when all that was shown is known; undefined when it is already. */
  arrived(): Promise<void> | undefined {
    return this.underway <= 0 ? undefined : new Promise((resolve) => this.waiting.push(resolve));
  }
}
