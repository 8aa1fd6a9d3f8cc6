import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds: the time limit of a test, and of one wait or command in it, which says what was
 * waited for. They end hangs only: on a machine that does nothing else no test takes a tenth of it.
 */
export const [DEADLINE, PATIENCE] = [300_000, 120_000] as const;

export interface UntilOptions {
  /** Milliseconds after which the wait fails. */
  readonly timeout?: number;
  /** Milliseconds between two checks. */
  readonly every?: number;
  /** Added to the error when it never holds. */
  readonly detail?: () => string;
}

/** Waits for a state: resolves when `holds` is true, rejects after the timeout. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  options: UntilOptions = {},
): Promise<void> {
  const { timeout = PATIENCE, every = 50, detail } = options;
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`waited ${timeout} ms for: ${what}${detail ? '\n' + detail() : ''}`);
    await sleep(every);
  }
}
