/**
 * Lets changes be synced beside a sync that takes long: those in other directories of the root, so
 * that a user who changes very much keeps nobody else waiting. Only where the mode allows it, and
 * only a second sync. Names of one inode that must be in one call wait for the next one.
 */
import { ROOT } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { laneOf } from '../../shared/lanes.js';
import { endsByItself } from '../../shared/settings.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Mode } from '../modes/mode.js';
import type { Backlog } from './backlog.js';
import type { RunningSyncs } from './running.js';

/** Milliseconds that others wait for a sync, and between two looks for what they have changed. */
export const PATIENCE = 500;

export class Overtaking {
  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Pick<Backlog, 'takeApart'>,
    private readonly mode: Pick<Mode, 'keyOf' | 'overtakes'>,
    private readonly running: RunningSyncs,
  ) {}

  /** Milliseconds until a sync may begin beside the one that runs; undefined: none may. */
  wait(now: number): number | undefined {
    const settings = this.settings();
    const { only } = this.running;
    if (only === undefined || this.mode.overtakes !== true) return undefined;
    if (settings.threading !== 'off' || settings.delaySync > 0) return undefined;
    if (settings.standbyFile !== undefined || endsByItself(settings)) return undefined;
    return Math.max(0, only.began + PATIENCE - now);
  }

  /** Takes due entries that have nothing to do with the sync that runs. */
  take(now: number): Entry[] {
    const { only } = this.running;
    if (only === undefined) return [];
    // What is in the root may be anywhere.
    const lanes = new Set([ROOT, ...only.entries.map(({ path }) => laneOf(path))]);
    if (only.entries.some(({ path }) => path === ROOT)) return [];
    return this.backlog.takeApart(
      now,
      (lane) => !lanes.has(lane),
      (entry) => this.mode.keyOf?.(entry) === undefined,
    );
  }
}
