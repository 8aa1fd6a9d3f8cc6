/** How a program ended. schedule/verdict.ts decides what it means. Pure. */
import { constants } from 'node:os';

const { errno, signals } = constants;

export type Ending =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'timedOut' }
  /** KILL did not end it: it waits in the kernel. `name`: of the process that does. */
  | { readonly kind: 'stuck'; readonly name: string }
  /** `errno` as in errno(3). */
  | { readonly kind: 'notStarted'; readonly errno: number; readonly words: string }
  /** No program ran: a system call of a mode that works by itself failed. */
  | { readonly kind: 'failed'; readonly errno: number; readonly words: string }
  /** A process that had to keep running and answer has ended, with any exit code. */
  | { readonly kind: 'left'; readonly by: Ending };

/** A shell's exit status when it has no permission to execute a program. */
const NOT_EXECUTED = 126;
const DENIALS: readonly number[] = [errno.EACCES, errno.EPERM, errno.EROFS];
/**
 * Exit statuses of a program killed by a signal that memory errors cause: ILL, TRAP, ABRT, SEGV.
 */
const CRASHES: readonly number[] = [132, 133, 134, 139];

/**
 * The exit status that the daemon takes from a failed program: an errno value if the program has
 * none, 128 plus the number for a signal.
 */
export function exitStatusOf(ending: Ending): number {
  switch (ending.kind) {
    case 'exited':
      return ending.code;
    case 'killed':
      return 128 + signals[ending.signal];
    case 'timedOut':
    case 'stuck':
      return errno.ETIMEDOUT;
    case 'notStarted':
    case 'failed':
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
    case 'stuck':
      return `${ending.name} waits in the kernel and cannot be ended: it is left to the kernel`;
    case 'notStarted':
      return `could not be started: ${ending.words}`;
    case 'failed':
      return ending.words;
    case 'left':
      return `the handler ended its process: ${describeEnding(ending.by)}`;
  }
}

/** Whether executing the program, or another program in a script, was denied. */
export function isDenied(ending: Ending): boolean {
  return (
    (ending.kind === 'notStarted' && DENIALS.includes(ending.errno)) ||
    (ending.kind === 'exited' && ending.code === NOT_EXECUTED)
  );
}

/**
 * @param exit from `exitStatusOf`; a shell has the same exit status when a program that it ran
 * crashed
 */
export function isCrash(exit: number): boolean {
  return CRASHES.includes(exit);
}
