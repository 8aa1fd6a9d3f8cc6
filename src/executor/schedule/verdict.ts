/** What the end of a handler means, and what follows from it. Pure. */
import type { Ending } from '../run/ending.js';

/**
 * What a handler's exit codes mean, 0 aside; those that stand nowhere are failures of the handler
 * as a whole.
 */
export interface ExitCodes {
  /** No failure. */
  readonly done: readonly number[];
  /** Some of what it was given was not done, the rest was. */
  readonly partial: readonly number[];
  /** The same, if it complained of no room. */
  readonly partialIfFull: readonly number[];
  /** What a tree that changes under the handler may lead to. */
  readonly changing: readonly number[];
  /** The destination cannot be reached for the time being. */
  readonly outage: readonly number[];
}

/** Of a handler of which nothing is known. */
export const UNKNOWN_CODES: ExitCodes = {
  done: [],
  partial: [],
  partialIfFull: [],
  changing: [],
  outage: [],
};

/** What is known of a call that has ended. */
export interface Outcome {
  readonly ending: Ending;
  readonly codes: ExitCodes;
  /** It complained of what no change of the tree explains. */
  readonly grave?: boolean;
  /** There was no room at the destination. */
  readonly full?: boolean;
  /** Whatever its ending says, what it did is in doubt: to be done again, uncounted. */
  readonly again?: boolean;
}

export interface Policy {
  /** `--retries`: 0: for ever; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly ignoredExitCodes: readonly number[];
}

export interface Circumstances {
  /**
   * Something was to be done once and then to end: the initial sync, or a run that ends by itself.
   */
  readonly once: boolean;
  /** What the handler had in hand changed under it. */
  readonly changing: boolean;
  /** Another call at the same time may have got in its way. */
  readonly contended: boolean;
  /** How often the handler as a whole has failed, this time included. */
  readonly failures: number;
}

/** `disturbed`: done again, and not counted as a failure. */
export type Verdict = 'done' | 'disturbed' | 'retry' | 'fatal';

export function verdictOf(
  outcome: Outcome,
  policy: Policy,
  { once, changing, contended, failures }: Circumstances,
): Verdict {
  if (outcome.again === true) return 'disturbed';
  if (isDone(outcome, policy)) return 'done';
  if (contended || (changing && mayComeOfChanges(outcome))) return 'disturbed';
  // How often a path has failed is counted path by path, once it is known which fail.
  const count = isPartial(outcome) ? 1 : failures;
  return count < triesFor(outcome, policy, once) ? 'retry' : 'fatal';
}

/** Of a path that fails by itself, others being synced: what passes is waited for. */
export function verdictOfPath(failures: number, policy: Policy): 'retry' | 'fatal' {
  return failures < (triesWanted(policy) ?? Infinity) ? 'retry' : 'fatal';
}

export function isDone(
  { ending, codes }: Outcome,
  { ignoredExitCodes }: Pick<Policy, 'ignoredExitCodes'>,
): boolean {
  return ending.kind === 'exited' && [0, ...codes.done, ...ignoredExitCodes].includes(ending.code);
}

/** Whether it failed for some of what it was given, and so works. */
export function isPartial({ ending, codes, full }: Outcome): boolean {
  const partial = full === true ? [...codes.partial, ...codes.partialIfFull] : codes.partial;
  return ending.kind === 'exited' && partial.includes(ending.code);
}

/** Whether a tree that changes under the handler explains it. */
export function mayComeOfChanges({ ending, codes, grave, again }: Outcome): boolean {
  return (
    grave !== true &&
    again !== true &&
    ending.kind === 'exited' &&
    codes.changing.includes(ending.code)
  );
}

/** Whether it passes without anybody's doing. */
export function isOutage({ ending, codes }: Outcome): boolean {
  switch (ending.kind) {
    case 'exited':
      return codes.outage.includes(ending.code);
    // A signal tells nothing of why.
    case 'killed':
    case 'timedOut':
      return true;
    case 'notStarted':
      return false;
    case 'left':
      return isOutage({ ending: ending.by, codes });
  }
}

/** The user's own number; undefined: none. */
function triesWanted({ retries, ignoreFailures }: Policy): number | undefined {
  return ignoreFailures || retries === 0 ? Infinity : retries;
}

/** What passes by itself is no reason to end a daemon that has run for weeks. */
function triesFor(outcome: Outcome, policy: Policy, once: boolean): number {
  return triesWanted(policy) ?? (!once && (isPartial(outcome) || isOutage(outcome)) ? Infinity : 1);
}
