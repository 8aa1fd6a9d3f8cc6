/** The facts about a failed call of a handler, for the verdict, the log and the retries. */
import type { BytePath } from '../../shared/bytes.js';
import { describeEnding, exitStatusOf, isDenied } from '../run/ending.js';
import type { Ending } from '../run/ending.js';
import { UNKNOWN_CODES, isDone } from '../schedule/verdict.js';
import type { Outcome, Policy } from '../schedule/verdict.js';

export interface Failure extends Outcome {
  /** The exit status of the daemon if this is the last try. */
  readonly exit: number;
  /** For the log, after "the handler failed: ". */
  readonly reason: string;
  /**
   * The call was for a list of paths, so that one for a part of them may succeed, although the exit
   * status does not tell.
   */
  readonly divisible?: boolean;
  /** The handler was denied access that was not granted to it. */
  readonly denied: boolean;
  /** Advice for the user that fits the denied access better than the general one. */
  readonly hint?: string | undefined;
  /** Its error messages, for the log. */
  readonly complaints?: readonly string[];
  /**
   * Paths in its error messages, as it wrote them: they may begin with the path of the source or of
   * the destination.
   */
  readonly named?: ReadonlySet<BytePath>;
}

/** Describes an outcome as a failure. */
export function failureBy(outcome: Outcome): Failure {
  const { ending } = outcome;
  return {
    ...outcome,
    exit: exitStatusOf(ending),
    reason: describeEnding(ending),
    denied: isDenied(ending),
  };
}

/** Undefined: the call succeeded. */
export function failureOf(
  outcome: Outcome,
  policy: Pick<Policy, 'ignoredExitCodes' | 'exitCodePolicy'>,
): Failure | undefined {
  return isDone(outcome, policy) ? undefined : failureBy(outcome);
}

/** A failure without a call of the handler; `reason` says why. */
export function failureWithoutCall(errno: number, reason: string, words = reason): Failure {
  const ending: Ending = { kind: 'notStarted', errno, words };
  return { ...failureBy({ ending, codes: UNKNOWN_CODES }), reason };
}

/**
 * A list cannot be written or a tree cannot be read: treated like a failure of the handler.
 * Rethrows an error that no system call gave, since that is a defect of this program.
 */
export function failureOfSystemCall(error: unknown): Failure {
  const { errno, code, message } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return failureWithoutCall(Math.abs(errno), message, code);
}

/** It changed while it was synced. */
export const DISTURBED: Failure = {
  ...failureBy({ ending: { kind: 'exited', code: 0 }, codes: UNKNOWN_CODES, again: true }),
  reason: 'it changed while it was copied',
};

/**
 * The mode itself has failed at a call. @param errno as in errno(3) @param reason what, and at
 * which path
 */
export function failureAt(errno: number, reason: string): Failure {
  return failureBy({ ending: { kind: 'failed', errno, words: reason }, codes: UNKNOWN_CODES });
}

/** The daemon is to end at once: no further call is started. */
export const ENDED: Failure = {
  ...failureBy({ ending: { kind: 'killed', signal: 'SIGTERM' }, codes: UNKNOWN_CODES }),
  reason: 'the daemon ends',
};
