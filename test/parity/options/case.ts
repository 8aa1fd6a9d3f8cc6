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

/** Keeps running after the initial sync. */
export const RUNNING = { 'only-initialsync': undefined } as const;
