/**
 * Forgets the directories that have left the tree and have not turned up elsewhere. This frees
 * their watches. Where directories are entered only when something happens in them, it also forgets
 * those in which nothing has happened for a while, when there are many.
 */
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds a directory may be away: a rename is two events, and the second may come later. */
const GRACE = 100;

export interface SweepsContext {
  readonly timers: Timers;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'sweep' | 'retire' | 'forget'> | undefined;
  /** How many directories may be in the table, of those that could be forgotten. */
  readonly kept: number;
  /** Whether somebody needs the node of a directory in the tree. */
  isNeeded(node: number): boolean;
  /** Has events looked at, and another sweep planned. */
  wake(): void;
  /** No sweep then: the walk may still find such a directory. */
  isWalking(): boolean;
  found(finding: Finding): void;
}

export class Sweeps {
  private planned = false;
  /** Nodes that are forgotten once events have been looked at. */
  private retired: readonly number[] = [];

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
    const { isWalking, found, wake } = this.context;
    const monitor = this.context.monitor();
    if (monitor === undefined) return;
    if (isWalking()) return this.plan();
    for (const finding of monitor.sweep()) found(finding);
    if (this.forgetUnused(monitor)) wake();
  }

  /** Returns whether there is more to do. */
  private forgetUnused(monitor: Pick<Monitor, 'retire' | 'forget'>): boolean {
    const { kept, isNeeded, found } = this.context;
    if (this.retired.length > 0) {
      const { findings, more } = monitor.forget(this.retired.filter(isNeeded));
      for (const finding of findings) found(finding);
      if (more) return true;
    }
    const { nodes, more } = monitor.retire(kept);
    this.retired = nodes;
    return more;
  }
}
