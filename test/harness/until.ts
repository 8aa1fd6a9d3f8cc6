import { setTimeout as sleep } from 'node:timers/promises';

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
  const { timeout = 30_000, every = 50, detail } = options;
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`waited ${timeout} ms for: ${what}${detail ? '\n' + detail() : ''}`);
    await sleep(every);
  }
}
