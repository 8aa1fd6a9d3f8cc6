import { PATIENCE, until } from '../../harness/until.js';
import type { Run, Surroundings } from './run.js';

/** A case: shows the effect of an option. */
export interface Case extends Surroundings {
  /** The value of the option; undefined for a bare flag. */
  readonly value?: string;
  /**
   * For an option of the fixed set: its value in the run without it; undefined removes the option.
   */
  readonly otherwise?: string;
  /**
   * The effect as text: `expected` with the option in every form, and something else without it.
   */
  readonly effect: (run: Run) => Promise<string> | string;
  readonly expected: string;
  /** A requirement besides root: false, or what is missing here. */
  readonly needs?: () => string | false;
  /** Forms that make no sense for this option, each with the reason. */
  readonly without?: Partial<Record<'short' | 'long' | 'config', string>>;
  /** The effect is that of the default, so it need not differ without the option. */
  readonly isDefault?: true;
}

/** The calls of the handler at the end of the daemon. */
export async function callsAtEnd(run: Run): Promise<string> {
  await run.ended();
  return run.calls().join('; ');
}

/** A value that the handler recorded about itself. */
export function probed(name: string): (run: Run) => Promise<string> {
  return async (run) => {
    await run.called(1);
    return run.probe(name);
  };
}

/** The daemon's exit status, and how often the handler was called. */
export async function statusAndCalls(run: Run): Promise<string> {
  return `${await run.ended()} after ${run.calls().length}`;
}

/** The arguments of the first call after `change` that names one of `names`. */
export async function firstCalled(
  run: Run,
  names: readonly string[],
  change: () => void,
): Promise<readonly string[]> {
  const before = run.calls().length;
  change();
  const call = (): readonly string[] | undefined =>
    run
      .calls()
      .slice(before)
      .map((line) => line.split(' '))
      .find((words) => names.some((name) => words.includes(name)));
  await run.daemon.until(`a call for ${names.join(' or ')}`, () => call() !== undefined);
  return call() ?? [];
}

/**
 * Whether the effect of the option occurs. Without the option none is expected, so the wait is
 * short.
 */
export async function comes(run: Run, holds: () => boolean): Promise<boolean> {
  const wait = until('the effect', holds, { timeout: run.isGiven ? PATIENCE : 2_000 });
  return wait.then(
    () => true,
    () => false,
  );
}

/** Lets the daemon run on after the initial sync. */
export const RUNNING = { 'only-initialsync': undefined } as const;

/** The paths in a call, without the destination. */
export function namesOf(call: string): string {
  return call
    .split(' ')
    .filter((word) => !word.startsWith('/'))
    .sort()
    .join(' ');
}

/** For an option without effect: the initial sync is as usual, and there is no warning. */
export const ACCEPTED: Case = {
  effect: async (run) => {
    const status = await run.ended();
    const names = run.calls().map(namesOf);
    // What this machine lacks is no matter of the option.
    const warned = /warning: (?!no )/.test(run.daemon.stderr) ? ', warned' : '';
    return `${status} after ${names.join('; ')}${warned}`;
  },
  expected: '0 after . a b directory directory/c',
  isDefault: true,
};
