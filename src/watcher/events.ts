/** Callbacks of the watcher. */
import type { MonitorName } from '../shared/monitors.js';
import type { Level, Report } from '../shared/report.js';

export interface WatcherEvents {
  readonly report: Report;
  /** Whether records of this level are wanted, which take time to make. */
  isShown(level: Level): boolean;
  /** The counters may have changed. */
  counted(): void;
  /** The initial walk is over. */
  watching(directories: number, milliseconds: number, source: MonitorName): void;
  rulesDone(): void;
  rootGone(): void;
  /** Events were lost, and `--exit-on-sync-skip` makes that fatal. */
  eventsSkipped(): void;
}
