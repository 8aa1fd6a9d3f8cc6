/**
 * Lets changes be synced beside a sync that takes long: those in other directories of the root, so
 * that a user who changes very much keeps nobody else waiting. Only where the mode allows it, and
 * only a second sync; what is gathered for one is like one that runs. Names of one inode that must
 * be in one call wait for the next one.
 */
import { ROOT } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { laneOf } from '../../shared/lanes.js';
import { endsByItself } from '../../shared/settings.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Mode } from '../modes/mode.js';
import type { Backlog } from './backlog.js';
import type { Gathered, Gathering } from './gathering.js';
import type { RunningSyncs } from './running.js';

/** Milliseconds that others wait for a sync, and between two looks for what they have changed. */
export const PATIENCE = 250;

export class Overtaking {
  private last = -Infinity;

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Pick<Backlog, 'takeApart'>,
    private readonly mode: Pick<Mode, 'keyOf' | 'overtakes'>,
    private readonly running: RunningSyncs,
    private readonly gathering: Pick<Gathering, 'inHand'>,
  ) {}

  /** The sync that may be one of two. */
  private get only(): Gathered | undefined {
    const { inHand } = this.gathering;
    if (inHand === undefined) return this.running.only;
    return this.running.size === 0 ? inHand : undefined;
  }

  /** Milliseconds until a sync may begin beside the one that runs; undefined: none may. */
  wait(now: number): number | undefined {
    const settings = this.settings();
    const { only } = this;
    if (only === undefined || this.mode.overtakes !== true) return undefined;
    const { threading, delaySync } = settings;
    if (threading !== 'off') return undefined;
    if (settings.standbyFile !== undefined || endsByItself(settings)) return undefined;
    const first = Math.max(only.began + Math.max(PATIENCE, delaySync), this.last + delaySync);
    return Math.max(0, first - now);
  }

  /** Takes due entries that have nothing to do with the sync that runs. */
  take(now: number): Entry[] {
    const { only } = this;
    if (only === undefined) return [];
    // What is in the root may be anywhere.
    const lanes = new Set([ROOT, ...only.entries.map(({ path }) => laneOf(path))]);
    if (only.entries.some(({ path }) => path === ROOT)) return [];
    const taken = this.backlog.takeApart(
      now,
      (lane) => !lanes.has(lane),
      (entry) => this.mode.keyOf?.(entry) === undefined,
    );
    if (taken.length > 0) this.last = now;
    return taken;
  }
}
