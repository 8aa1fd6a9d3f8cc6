/**
 * Finds processes that no signal ends: they wait in the kernel, mostly for a file system that does
 * not answer. One look tells nothing: a process that is being torn down waits there, too, for a
 * moment, which is long on a busy machine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { display } from '../shared/bytes.js';
import { monotonic } from '../shared/clock.js';
import { allProcesses, processFacts, waits } from '../shared/process-state.js';

export interface LeftProcess {
  readonly pid: number;
  /** For the log. */
  readonly name: string;
  /** It does nothing more, and takes its time, as what has very many watches does. */
  readonly isExiting: boolean;
}

/**
 * Milliseconds for which a process has waited that is left to the kernel: since it was killed, and
 * in all.
 */
export interface Limits {
  readonly least: number;
  readonly patience: number;
}

/** Milliseconds between two looks. */
const PAUSE = 50;
/** Milliseconds for which what is ended is waited for, though nothing of it waits in the kernel. */
const LONGEST = 10_000;

export class LeftBehind {
  /** When those that wait in the kernel were first seen to, at each look since. */
  private readonly since = new Map<number, number>();
  private timer: NodeJS.Timeout | undefined;

  /** @param look those that wait in the kernel now */
  constructor(private readonly look: () => readonly LeftProcess[]) {}

  /** Looks from now on, so that it is known later for how long a process has waited. */
  begin(): void {
    this.timer ??= setInterval(() => this.waiting(), PAUSE).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * To be called when processes are killed. Resolves with none once `isOver`, or with those that
   * keep it from that.
   * @param limits asked at each look
   * @param news resolves when `isOver` may hold
   */
  async besides(
    isOver: () => boolean,
    limits: () => Limits,
    news?: Promise<unknown>,
  ): Promise<readonly LeftProcess[]> {
    if (this.timer === undefined) this.since.clear();
    for (const began = monotonic(); ; await Promise.race([delay(PAUSE), news ?? delay(PAUSE)])) {
      if (isOver()) return [];
      const { least, patience } = limits();
      const [now, waiting] = [monotonic(), this.waiting()];
      const isLong = ({ pid }: LeftProcess): boolean =>
        now - (this.since.get(pid) ?? now) >= patience;
      if (now - began >= least && waiting.some(isLong)) return waiting;
      if (now - began >= LONGEST) return [];
    }
  }

  private waiting(): readonly LeftProcess[] {
    const [now, found] = [monotonic(), this.look()];
    const pids = new Set(found.map(({ pid }) => pid));
    for (const pid of this.since.keys()) if (!pids.has(pid)) this.since.delete(pid);
    for (const pid of pids) if (!this.since.has(pid)) this.since.set(pid, now);
    return found;
  }
}

/** Says once of each process that it is left to the kernel. */
export class LeftTold {
  private readonly told = new Set<number>();

  constructor(private readonly warn: (text: string) => void) {}

  get any(): boolean {
    return this.told.size > 0;
  }

  tell(left: readonly LeftProcess[]): void {
    for (const { pid, name, isExiting } of left.filter((one) => !this.told.has(one.pid))) {
      this.told.add(pid);
      if (!isExiting) this.warn(leftInWords({ pid, name }));
    }
  }
}

export function leftInWords({ pid, name }: Pick<LeftProcess, 'pid' | 'name'>): string {
  return `left to the kernel: ${name} (process ${pid}) waits in it, and no signal ends that`;
}

/** Those among the process and its descendants that wait in the kernel. */
export function waitingUnder(top: number): LeftProcess[] {
  const all = allProcesses().flatMap((pid) => {
    const facts = processFacts(pid);
    return facts === undefined ? [] : [{ pid, ...facts }];
  });
  const found = new Set([top]);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all
    .filter(({ pid }) => found.has(pid) && waits(pid))
    .map(({ pid, name, isExiting }) => ({ pid, name: display(name), isExiting }));
}
