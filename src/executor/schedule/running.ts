/** Syncs that run at once, and how they get in each other's way. */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Mode } from '../modes/mode.js';
import { Overlap } from './overlap.js';

/** Syncs at once with `--threading` safe or full. */
const PARALLEL = 16;

export interface Running {
  readonly entries: readonly Entry[];
  /** Made when it is asked for: a sync may have a million paths. */
  overlap(): Overlap;
  /** Another sync ran at the same time. */
  shared: boolean;
}

export class RunningSyncs {
  private readonly all = new Set<Running>();
  /**
   * Paths over which syncs at once got in each other's way: until they are synced, nothing is
   * beside another.
   */
  private readonly contended = new Set<BytePath>();

  constructor(
    private readonly settings: () => Pick<ExecutorSettings, 'threading'>,
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
    const running: Running = {
      entries,
      overlap: once(() => new Overlap(entries.map(({ path }) => path))),
      shared: this.all.size > 0,
    };
    for (const other of this.all) other.shared = true;
    this.all.add(running);
    return running;
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

  settled(entries: readonly Entry[]): void {
    for (const { path } of entries) this.contended.delete(path);
  }

  some(holds: (entries: readonly Entry[]) => boolean): boolean {
    return [...this.all].some(({ entries }) => holds(entries));
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
