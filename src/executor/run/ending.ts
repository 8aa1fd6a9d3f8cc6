/** How a program ended, before anyone judges it (schedule/verdict.ts). Pure. */
import { constants } from 'node:os';

const { errno, signals } = constants;

export type Ending =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'timedOut' }
  /** `errno` as in errno(3). */
  | { readonly kind: 'notStarted'; readonly errno: number; readonly words: string }
  /** A process that was to stay and to answer has ended instead, whatever its exit code says. */
  | { readonly kind: 'left'; readonly by: Ending };

/** What a shell ends with when a program may not be executed. */
const NOT_EXECUTED = 126;
const DENIALS: readonly number[] = [errno.EACCES, errno.EPERM, errno.EROFS];
/**
 * Exit status of a program that a signal ended, as it comes of memory that is not what a program
 * takes it for: ILL, TRAP, ABRT, SEGV.
 */
const CRASHES: readonly number[] = [132, 133, 134, 139];

/**
 * The exit status the daemon takes over from a program that failed: errno values where there is
 * none, 128 and the number for a signal.
 */
export function exitStatusOf(ending: Ending): number {
  switch (ending.kind) {
    case 'exited':
      return ending.code;
    case 'killed':
      return 128 + signals[ending.signal];
    case 'timedOut':
      return errno.ETIMEDOUT;
    case 'notStarted':
      return ending.errno;
    case 'left':
      return exitStatusOf(ending.by) || 1;
  }
}

export function describeEnding(ending: Ending): string {
  switch (ending.kind) {
    case 'exited':
      return `exit code ${ending.code}`;
    case 'killed':
      return `killed by ${ending.signal}`;
    case 'timedOut':
      return 'killed after the time allowed for a sync (--timeout-sync)';
    case 'notStarted':
      return `could not be started: ${ending.words}`;
    case 'left':
      return `the handler ended its process: ${describeEnding(ending.by)}`;
  }
}

/** The program, or a script that was to execute another, was refused that. */
export function isDenied(ending: Ending): boolean {
  return (
    (ending.kind === 'notStarted' && DENIALS.includes(ending.errno)) ||
    (ending.kind === 'exited' && ending.code === NOT_EXECUTED)
  );
}

/** @param exit as `exitStatusOf` gives it: a shell says so of what it ran, too */
export function isCrash(exit: number): boolean {
  return CRASHES.includes(exit);
}
