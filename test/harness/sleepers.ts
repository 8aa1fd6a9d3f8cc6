/**
 * Processes that a test can recognise among all processes of the machine: each sleeps for a time
 * that no other test run uses, as several runs may be active at once.
 */
import { allProcesses } from './processes.js';
import type { ProcessInfo } from './processes.js';

const MORE_THAN_ANY_PID = 10_000_000;
let made = 0;

/** Seconds, as an argument of sleep(1). */
export function ownSleep(): string {
  return String(++made * MORE_THAN_ANY_PID + process.pid);
}

/** The running processes that sleep for this time. */
export function sleepers(seconds: string): ProcessInfo[] {
  return allProcesses().filter(
    ({ command, state }) => command === `sleep ${seconds}` && state !== 'Z',
  );
}
