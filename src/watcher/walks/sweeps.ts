/**
 * Forgets the directories that have left the tree and have not turned up elsewhere. This frees
 * their watches.
 */
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds a directory may be away: a rename is two events, and the second may come later. */
const GRACE = 100;

export interface SweepsContext {
  readonly timers: Timers;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'sweep'> | undefined;
  /** No sweep then: the walk may still find such a directory. */
  isWalking(): boolean;
  found(finding: Finding): void;
}

export class Sweeps {
  private planned = false;

  constructor(private readonly context: SweepsContext) {}

  /** Plans a sweep, unless one is planned. */
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
