/** What the scheduler needs around it. */
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { DaemonStatus } from '../../shared/settings.js';
import type { Failure } from '../modes/failure.js';

/** What the scheduler tells the rest, and asks of it. */
export interface SchedulerContext {
  readonly report: Report;
  status(status: DaemonStatus): void;
  /**
   * Resolves when what was said of the status can be read by what is started now; undefined: it
   * can.
   */
  statusIsKnown(): Promise<void> | undefined;
  synced(paths: number, milliseconds: number, initial: boolean): void;
  /** A sync of so many paths has failed as a whole. */
  failed(paths: number, reason: string): void;
  /** Resolves when every event that has happened so far is in the backlog. */
  quiet(): Promise<void>;
  /** Why no handler can be called now. */
  obstacle(): Failure | undefined;
  /** A sync of these has taken so long, and so many paths were settled. */
  took(entries: readonly Entry[], settled: number, milliseconds: number): void;
  /** A sync has ended, well or not. */
  settled(): void;
  /**
   * There is nothing more to do: `exit` is the daemon's exit status, `text` says why when it is not
   * 0.
   */
  over(exit: number, text: string): void;
}
