import { until } from '../../harness/until.js';
import type { Run, Surroundings } from './run.js';

/** How the effect of an option is seen. */
export interface Case extends Surroundings {
  /** The value it is given; none for a bare flag. */
  readonly value?: string;
  /** For an option of the fixed set: the value it has in the run without it; none takes it away. */
  readonly otherwise?: string;
  /**
   * What it does, as text: must be `expected` with the option in every form, and something else
   * without it.
   */
  readonly effect: (run: Run) => Promise<string> | string;
  readonly expected: string;
  /** Besides root: false, or what is missing here. */
  readonly needs?: () => string | false;
  /** Forms that make no sense for this option, each with the reason. */
  readonly without?: Partial<Record<'short' | 'long' | 'config', string>>;
  /** The effect is that of the default: it need not differ without the option. */
  readonly isDefault?: true;
}

/** The calls of the handler when the daemon has ended. */
export async function callsAtEnd(run: Run): Promise<string> {
  await run.ended();
  return run.calls().join('; ');
}

/** Something the handler found out about itself. */
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

/** The words of the first call after `change` that names one of `names`. */
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
 * Whether the effect of the option comes. Where the option is not given nothing is to come, and
 * the wait is short.
 */
export async function comes(run: Run, holds: () => boolean): Promise<boolean> {
  const wait = until('the effect', holds, { timeout: run.isGiven ? 30_000 : 2_000 });
  return wait.then(
    () => true,
    () => false,
  );
}

/** Keeps running after the initial sync. */
export const RUNNING = { 'only-initialsync': undefined } as const;

/** The paths a call was given, but for the destination. */
export function namesOf(call: string): string {
  return call
    .split(' ')
    .filter((word) => !word.startsWith('/'))
    .sort()
    .join(' ');
}

/** For an option that has no effect: the initial sync is as ever, and nothing is warned of. */
export const ACCEPTED: Case = {
  effect: async (run) => {
    const status = await run.ended();
    const names = run.calls().map(namesOf);
    const warned = /warning/.test(run.daemon.stderr) ? ', warned' : '';
    return `${status} after ${names.join('; ')}${warned}`;
  },
  expected: '0 after . a b directory directory/c',
  isDefault: true,
};
