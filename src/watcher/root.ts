/** The watch directory as a whole: watched, gone, and watched anew when something stands at its path again. */
import { display } from '../shared/bytes.js';
import type { Report } from '../shared/report.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import type { Monitor } from './monitor/monitor.js';
import type { Timers } from './timers.js';

/** Milliseconds between two looks whether the watch directory is still at its path, or has come back. */
const CHECK = 1000;

export interface RootEvents {
  readonly report: Report;
  /** There is something to ask the monitor for. */
  wake(): void;
  rootGone(): void;
  /** Another directory is watched now. */
  returned(): void;
}

export class Root {
  private watched: Monitor | undefined;

  /** @param open throws when the directory cannot be watched. */
  constructor(
    private readonly settings: Pick<WatcherSettings, 'watchDirectory'>,
    private rules: readonly Rule[],
    private readonly open: (rules: readonly Rule[], wake: () => void) => Monitor,
    private readonly timers: Timers,
    private readonly events: RootEvents,
  ) {
    this.watched = open(rules, () => events.wake());
    this.guard();
  }

  /** Undefined while there is no watch directory. */
  get monitor(): Monitor | undefined {
    return this.watched;
  }

  setRules(rules: readonly Rule[]): void {
    this.rules = rules;
    this.watched?.setRules(rules);
  }

  /** The kernel says that the directory was removed, moved or unmounted. */
  lost(): void {
    this.close();
    if (this.reopen()) return;
    this.events.report('error', `the watch directory ${display(this.settings.watchDirectory)} is gone: waiting for it to come back`);
    this.events.rootGone();
  }

  close(): void {
    this.watched?.close();
    this.watched = undefined;
  }

  private guard(): void {
    this.timers.after(CHECK, () => {
      if (this.watched === undefined) this.reopen();
      else if (!this.watched.stands()) this.lost();
      this.guard();
    });
  }

  private reopen(): boolean {
    try {
      this.watched = this.open(this.rules, () => this.events.wake());
    } catch {
      // Not there, or not ours to watch: the next look is a second away, and the loss has been reported.
      return false;
    }
    this.events.report('warning', `the watch directory ${display(this.settings.watchDirectory)} is another one now: everything is looked at again`);
    this.events.returned();
    return true;
  }
}
