/**
 * Forgets the directories that have left the tree and did not turn up elsewhere, which gives their
 * watches back to the kernel.
 */
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds a directory may be away: a rename is two events. */
const GRACE = 100;

export interface SweepsContext {
  readonly timers: Timers;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'sweep'> | undefined;
  /** A walk may come by such a directory. */
  isWalking(): boolean;
  found(finding: Finding): void;
}

export class Sweeps {
  private planned = false;

  constructor(private readonly context: SweepsContext) {}

  /** There will be a sweep. */
  plan(): void {
    if (this.planned) return;
    this.planned = true;
    this.context.timers.after(GRACE, () => {
      this.planned = false;
      this.sweep();
    });
  }

  private sweep(): void {
    const { monitor, isWalking, found } = this.context;
    if (isWalking()) return this.plan();
    for (const finding of monitor()?.sweep() ?? []) found(finding);
  }
}
