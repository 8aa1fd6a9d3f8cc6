/** What the watcher tells those who made it. */
import type { Report } from '../shared/report.js';

export interface WatcherEvents {
  readonly report: Report;
  /** The initial walk is over. */
  watching(directories: number, milliseconds: number): void;
  rulesDone(): void;
  rootGone(): void;
  /** Events were lost, and that was not to be healed but to be the end (`--exit-on-sync-skip`). */
  eventsSkipped(): void;
  /** More directories than the kernel lets this user watch. */
  watchLimit(needed: number): void;
}
