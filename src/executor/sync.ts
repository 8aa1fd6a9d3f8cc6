/** One iteration: the handler is called, step by step, and what it did not do well stays pending. */
import type { Entry } from '../shared/entry.js';
import type { Failure, Mode, Situation } from './modes/mode.js';

export interface SyncResult {
  readonly settled: readonly Entry[];
  readonly kept: readonly Entry[];
  /** Why `kept` is not empty. */
  readonly failure?: Failure;
  /** Some step counts as an iteration. */
  readonly counts: boolean;
}

/** Calls are made one after another; the first that fails ends the iteration. @param obstacle why there can be no call now */
export async function sync(mode: Mode, entries: readonly Entry[], situation: Situation, obstacle: () => Failure | undefined = () => undefined): Promise<SyncResult> {
  const settled: Entry[] = [];
  let left = entries;
  let counts = false;
  try {
    const steps = mode.plan(entries, situation);
    counts = steps.some(({ uncounted }) => uncounted !== true);
    for (const [index, step] of steps.entries()) {
      left = steps.slice(index).flatMap((waiting) => waiting.entries);
      const failure = obstacle() ?? (await step.run());
      if (failure !== undefined) return { settled, kept: left, failure, counts };
      for (const entry of step.entries) settled.push(entry);
    }
    return { settled, kept: [], counts };
  } catch (error) {
    return { settled, kept: left, failure: failureOfSystemCall(error), counts };
  }
}

/** A list that cannot be written, a tree that cannot be read: as if the handler had failed. Anything else is a fault of ours. */
function failureOfSystemCall(error: unknown): Failure {
  const { errno, code, message } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return { exit: Math.abs(errno), reason: message, partial: false, denied: code === 'EACCES' || code === 'EPERM' || code === 'EROFS' };
}
