/** Callbacks of the watcher. */
import type { Report } from '../shared/report.js';

export interface WatcherEvents {
  readonly report: Report;
  /** The initial walk is over. */
  watching(directories: number, milliseconds: number): void;
  rulesDone(): void;
  rootGone(): void;
  /** Events were lost, and `--exit-on-sync-skip` makes that fatal. */
  eventsSkipped(): void;
}
