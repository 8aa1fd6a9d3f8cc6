/**
 * Milliseconds of CLOCK_MONOTONIC (clock_gettime(2)): the clock of the kernel's events, the same in
 * every process of the daemon.
 */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
