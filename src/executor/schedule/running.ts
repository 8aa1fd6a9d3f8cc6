/** Syncs that run at once, and how they get in each other's way. */
import { isBeneath } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { directoryAgain } from '../intake/own-entries.js';
import type { Mode } from '../modes/mode.js';
import { Overlap } from './overlap.js';
import { Undone, isNews } from './undone.js';

/** Syncs at once with `--threading` safe or full. */
const PARALLEL = 16;

export interface Running {
  readonly entries: readonly Entry[];
  /** Made when it is asked for: a sync may have a million paths. */
  overlap(): Overlap;
  /** Another sync ran at the same time. */
  shared: boolean;
  /** Two ran at the same time, and the later had more than what is synced again. */
  crossed: boolean;
  readonly undone: Undone;
}

export class RunningSyncs {
  private readonly all = new Set<Running>();
  /**
   * Paths over which syncs at once got in each other's way: until they are tried again, nothing is
   * beside another.
   */
  private readonly contended = new Set<BytePath>();

  constructor(
    private readonly settings: () => Pick<ExecutorSettings, 'mode' | 'threading'>,
    private readonly mode: Pick<Mode, 'carriesDirectories'>,
  ) {}

  get size(): number {
    return this.all.size;
  }

  /** No more may be begun. @param alone none beside another */
  isBusy(alone: boolean): boolean {
    const isOne = alone || this.settings().threading === 'off' || this.contended.size > 0;
    return this.all.size >= (isOne ? 1 : PARALLEL);
  }

  /**
   * `--threading=safe`: a path is in one sync at a time, and so is what it lies in or holds when
   * that is taken whole.
   */
  isLocked({ path }: Entry): boolean {
    if (this.settings().threading !== 'safe') return false;
    return [...this.all].some(({ overlap }) => overlap().touches(path));
  }

  begin(entries: readonly Entry[]): Running {
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
    const running: Running = { entries, overlap, shared: isShared, crossed: crosses, undone };
    this.all.add(running);
    return running;
  }

  /**
   * What is to be synced again at its end. Of two syncs at once, the one that began earlier may
   * have ended later: what it wrote, and the times of directories above, may be old. Where every
   * event is handed over by itself, none is handed over twice.
   */
  again({ crossed, undone, overlap }: Running): Entry[] {
    if (!crossed || MODE_TRAITS[this.settings().mode].sequence) return [];
    const directories = this.mode.carriesDirectories === true ? overlap().above : [];
    return [...[...directories].map(directoryAgain), ...undone.entries()];
  }

  end(running: Running): void {
    this.all.delete(running);
  }

  /** Another sync may have got in its way. */
  isContended({ shared }: Running): boolean {
    return shared && this.mode.carriesDirectories === true;
  }

  contend(entries: readonly Entry[]): void {
    for (const { path } of entries) this.contended.add(path);
  }

  /**
   * These have been tried again, whatever became of it. A directory may stand for what is in it.
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
