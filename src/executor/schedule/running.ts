/** The syncs that run now, and how simultaneous ones affect each other. */
import { isBeneath } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import { isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { directoryAgain } from '../intake/own-entries.js';
import type { Mode } from '../modes/mode.js';
import { Overlap } from './overlap.js';
import { Undone, isNews } from './undone.js';

/** Most simultaneous syncs with `--threading` safe or full. */
const PARALLEL = 16;

export interface Running {
  readonly entries: readonly Entry[];
  /** When it began, of the scheduler's clock. */
  readonly began: number;
  /** Computed on first use, as a sync may have a million paths. */
  overlap(): Overlap;
  /** Another sync ran at the same time. */
  shared: boolean;
  /**
   * Another sync ran at the same time, and the later of the two had new changes, not only entries
   * that are synced again.
   */
  crossed: boolean;
  readonly undone: Undone;
}

export class RunningSyncs {
  private readonly all = new Set<Running>();
  /**
   * Paths that simultaneous syncs disturbed: until these are tried again, only one sync runs at a
   * time.
   */
  private readonly contended = new Set<BytePath>();

  constructor(
    private readonly settings: () => Pick<ExecutorSettings, 'mode' | 'threading'>,
    private readonly mode: Pick<Mode, 'carriesDirectories'>,
    private readonly now: () => number = monotonic,
  ) {}

  get size(): number {
    return this.all.size;
  }

  /** The sync that runs alone, and may be one of several. */
  get only(): Running | undefined {
    const [first] = this.all;
    return this.all.size === 1 && this.contended.size === 0 ? first : undefined;
  }

  /** Whether no further sync may begin. @param alone only one sync may run at a time */
  isBusy(alone: boolean): boolean {
    const isOne = alone || this.settings().threading === 'off' || this.contended.size > 0;
    return this.all.size >= (isOne ? 1 : PARALLEL);
  }

  /** `--threading=safe`: whether the path, one above or one beneath it is in a running sync. */
  isLocked({ path }: Entry): boolean {
    if (this.settings().threading !== 'safe') return false;
    return [...this.all].some(({ overlap }) => overlap().touches(path));
  }

  /** @param began when it was taken in hand */
  begin(entries: readonly Entry[], began = this.now()): Running {
    const isShared = this.all.size > 0;
    const crosses = isShared && entries.some(isNews);
    const overlap = once(() => new Overlap(entries.map(({ path }) => path)));
    const undone = new Undone(entries, overlap);
    for (const other of this.all) {
      other.shared = true;
      if (!crosses) continue;
      other.crossed = true;
      other.undone.begins(entries);
    }
    const running: Running = {
      entries,
      began,
      overlap,
      shared: isShared,
      crossed: crosses,
      undone,
    };
    this.all.add(running);
    return running;
  }

  /**
   * The entries to be synced again when a sync ends. If it began before another one and ended after
   * it, what it wrote, and the times of the directories above, may be out of date. None in a mode
   * that syncs events one by one, as no event may be passed to the handler twice.
   */
  again({ crossed, undone, overlap }: Running): Entry[] {
    if (!crossed || MODE_TRAITS[this.settings().mode].sequence) return [];
    const directories = this.mode.carriesDirectories === true ? overlap().above : [];
    return [...[...directories].map(directoryAgain), ...undone.entries()];
  }

  end(running: Running): void {
    this.all.delete(running);
  }

  /** Whether a simultaneous sync may have disturbed it. */
  isContended({ shared }: Running): boolean {
    return shared && this.mode.carriesDirectories === true;
  }

  contend(entries: readonly Entry[]): void {
    for (const { path } of entries) this.contended.add(path);
  }

  /**
   * To be called when these have been tried again, successfully or not. A recursive entry includes
   * the paths beneath it.
   */
  tried(entries: readonly Entry[]): void {
    if (this.contended.size === 0) return;
    for (const { path } of entries) this.contended.delete(path);
    const whole = new Set(entries.filter(isRecursive).map(({ path }) => path));
    for (const path of this.contended) if (isBeneath(path, whole)) this.contended.delete(path);
  }

  some(holds: (entries: readonly Entry[]) => boolean): boolean {
    return [...this.all].some(({ entries }) => holds(entries));
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
