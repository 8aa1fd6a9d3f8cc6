/** Kills the executors when the daemon is to end now, but for the exit hook, which has its time. */
import { ClsyncError } from '../shared/errors.js';
import type { DaemonStatus } from '../shared/settings.js';
import { PATIENCE } from './crew-terms.js';
import type { Role } from './role.js';
import type { Member } from './sandbox/roles.js';

/**
 * Milliseconds the executor has to end after the order to end now, unless it runs the exit hook;
 * and how many times as long it has to begin with that.
 */
const NOW_LIMIT = 550;
const UNTIL_HOOK = 20;

export interface EndHooks {
  readonly hasExitHook: boolean;
  readonly hasPreExitHook: boolean;
}

export class Hurry {
  private readonly statuses = new Map<Member, DaemonStatus>();
  private timer: NodeJS.Timeout | undefined;
  private hasHooks = false;

  constructor(
    private readonly executors: () => readonly Role[],
    private readonly lost: (error: ClsyncError) => void,
  ) {}

  /** What an executor does; undefined: it does not run any more. */
  status(member: Member, status: DaemonStatus | undefined): void {
    if (status === undefined) this.statuses.delete(member);
    else this.statuses.set(member, status);
  }

  /** Kills them and everything they run. One that does not end of it counts as lost. */
  kill(): void {
    for (const one of this.executors()) one.kill();
    const lost = new ClsyncError('ROLE_DIED', 'the executor', 'it waits in the kernel');
    setTimeout(() => this.lost(lost), PATIENCE.now.least);
  }

  /** The same once they have had their time, and those of these hooks that have begun. */
  killLater({ hasExitHook, hasPreExitHook }: EndHooks): void {
    this.hasHooks = hasExitHook || hasPreExitHook;
    let left = hasExitHook ? UNTIL_HOOK : 1;
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      if (--left <= 0 && !this.inHook) this.kill();
    }, NOW_LIMIT);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * Whether an executor runs the exit hook, or the hook before the end: ending it must wait for
   * that.
   */
  private get inHook(): boolean {
    const statuses = [...this.statuses.values()];
    return this.hasHooks && statuses.some((status) => status === 'preexit' || status === 'exiting');
  }
}
