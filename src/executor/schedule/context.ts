/** The scheduler's connections to the rest of the executor. */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { DaemonStatus } from '../../shared/settings.js';
import type { Considered } from '../deletions/holding.js';
import type { Failure } from '../modes/failure.js';
import type { Situation } from '../modes/mode.js';

/** What is kept of a sync for the next start. */
export interface Kept {
  /** As in `Situation`. */
  lists(directories: readonly BytePath[]): void;
  /**
   * To be called with the settled entries while they are in hand, and what the sync has left out of
   * recursive ones. Never rejects.
   */
  ended(settled: readonly Entry[], leftOut: readonly BytePath[]): Promise<void>;
}

/** What was not synced, and is to be tried again. */
export interface FailedSync {
  readonly entries: readonly Entry[];
  readonly reason: string;
  /** Milliseconds until then; undefined: the daemon gives up. */
  readonly next: number | undefined;
  /** Others could be synced. */
  readonly apart: boolean;
}

/** Functions that the scheduler calls to report, and to ask. */
export interface SchedulerContext {
  readonly report: Report;
  status(status: DaemonStatus): void;
  /**
   * Resolves when the status is published, so that a program started now can read it; undefined: it
   * is already.
   */
  statusIsKnown(): Promise<void> | undefined;
  /**
   * @param paths number of synced paths; 0 only for an initial sync that had nothing to do, or
   * could sync nothing
   * @param initial this ends the initial sync
   */
  synced(paths: number, milliseconds: number, initial: boolean, entries: readonly Entry[]): void;
  failed(failed: FailedSync): void;
  /** Resolves with whether the standby file is there. */
  isStandby(): Promise<boolean>;
  /** Resolves when the changes of all events up to now are in the backlog. */
  quiet(): Promise<void>;
  /**
   * These entries are about to be synced. Resolves when that is on the disk; undefined: nothing is
   * kept.
   */
  syncs?(entries: readonly Entry[]): Promise<Kept> | undefined;
  /** What of these entries may be synced now; undefined: all. */
  consider?(
    entries: readonly Entry[],
    situation: Situation,
  ): Considered | Promise<Considered> | undefined;
  /** Why no handler can be called now; undefined: it can. */
  obstacle(): Failure | undefined;
  /**
   * A sync of these entries has ended. @param settled number of settled entries @param milliseconds
   * its duration
   */
  took(entries: readonly Entry[], settled: number, milliseconds: number): void;
  /** These entries are synced. @param keeping without deletions @param held what was kept so */
  done?(settled: readonly Entry[], keeping: boolean, held: readonly Entry[]): void;
  /** A sync has ended, successful or not. */
  settled(): void;
  /** All that follows from the end of a sync has been decided. */
  ended?(): void;
  /** A sync runs, and others may begin beside it: what has changed meanwhile is wanted. */
  wanting(): void;
  /**
   * The daemon is to end. @param exit its exit status @param text the reason when `exit` is not 0
   */
  over(exit: number, text: string): void;
}
