/** Callbacks of the watcher. */
import type { Monitor } from './monitor/monitor.js';
import type { Level, Report } from '../shared/report.js';

export type Watching = Pick<Monitor, 'directories' | 'source' | 'isLazy'>;

export interface WatcherEvents {
  readonly report: Report;
  /** Whether records of this level are wanted, which take time to make. */
  isShown(level: Level): boolean;
  /** The counters may have changed. */
  counted(): void;
  /** The initial walk is over, or was not needed. */
  watching(how: Watching, milliseconds: number): void;
  /** What is mounted below may have changed. */
  mounted(how: Pick<Monitor, 'mounted'>): void;
  rulesDone(): void;
  rootGone(): void;
  /** Events were lost, and `--exit-on-sync-skip` makes that fatal. */
  eventsSkipped(): void;
}
