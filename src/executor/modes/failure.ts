/**
 * A call of a handler that did not end well: the facts, for the verdict, the log and the retries.
 */
import type { BytePath } from '../../shared/bytes.js';
import { describeEnding, exitStatusOf, isDenied } from '../run/ending.js';
import type { Ending } from '../run/ending.js';
import { UNKNOWN_CODES, isDone } from '../schedule/verdict.js';
import type { Outcome, Policy } from '../schedule/verdict.js';

export interface Failure extends Outcome {
  /** The exit status the daemon ends with if this is the last try. */
  readonly exit: number;
  /** For the log, after "the handler failed: ". */
  readonly reason: string;
  /** The handler was refused something it was not granted. */
  readonly denied: boolean;
  /** What can be done about what it was refused, where that is known better. */
  readonly hint?: string | undefined;
  /** What it complained of, for the log. */
  readonly complaints?: readonly string[];
  /**
   * Paths it complained of, as it wrote them: they may begin with the source's or the destination's
   * path.
   */
  readonly named?: ReadonlySet<BytePath>;
}

/** The failure that an outcome is. */
export function failureBy(outcome: Outcome): Failure {
  const { ending } = outcome;
  return {
    ...outcome,
    exit: exitStatusOf(ending),
    reason: describeEnding(ending),
    denied: isDenied(ending),
  };
}

/** Undefined: it ended well. */
export function failureOf(
  outcome: Outcome,
  policy: Pick<Policy, 'ignoredExitCodes'>,
): Failure | undefined {
  return isDone(outcome, policy) ? undefined : failureBy(outcome);
}

/** Nothing was called; `reason` says why. */
export function failureWithoutCall(errno: number, reason: string, words = reason): Failure {
  const ending: Ending = { kind: 'notStarted', errno, words };
  return { ...failureBy({ ending, codes: UNKNOWN_CODES }), reason };
}

/**
 * A list that cannot be written, a tree that cannot be read: as if the handler had failed. Throws
 * again what is no error of a system call: a fault of ours.
 */
export function failureOfSystemCall(error: unknown): Failure {
  const { errno, code, message } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return failureWithoutCall(Math.abs(errno), message, code);
}

/** The daemon is to end at once: nothing is begun any more. */
export const ENDED: Failure = {
  ...failureBy({ ending: { kind: 'killed', signal: 'SIGTERM' }, codes: UNKNOWN_CODES }),
  reason: 'the daemon ends',
};
