/** Decides what the end of a handler means: its verdict. Pure. */
import type { ExitCodeRule } from '../../shared/settings.js';
import type { Ending } from '../run/ending.js';

/**
 * The meaning of a handler's exit codes other than 0. A code that is in no list is a failure of the
 * handler as a whole.
 */
export interface ExitCodes {
  /** The call succeeded. */
  readonly done: readonly number[];
  /** Some of the entries were not synced, the others were. */
  readonly partial: readonly number[];
  /** Like `partial`, if the handler reported that there is no space. */
  readonly partialIfFull: readonly number[];
  /** A source that changes during the call may lead to these. */
  readonly changing: readonly number[];
  /** The destination cannot be reached at the moment. */
  readonly outage: readonly number[];
}

/** For a handler whose exit codes are not known. */
export const UNKNOWN_CODES: ExitCodes = {
  done: [],
  partial: [],
  partialIfFull: [],
  changing: [],
  outage: [],
};

/** The facts about a call that has ended. */
export interface Outcome {
  readonly ending: Ending;
  readonly codes: ExitCodes;
  /** It reported an error that a change of the tree cannot explain. */
  readonly grave?: boolean;
  /** There was no space at the destination. */
  readonly full?: boolean;
  /** Its result is doubtful, however it ended: it is repeated, and not counted as a failure. */
  readonly again?: boolean;
}

export interface Policy {
  /** `--retries`; 0: without limit; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly ignoredExitCodes: readonly number[];
  readonly exitCodePolicy: readonly ExitCodeRule[];
}

export interface Circumstances {
  /** The call belongs to the initial sync. */
  readonly initial: boolean;
  /** The daemon ends by itself after its work. */
  readonly ends: boolean;
  /** The entries in hand changed during the call. */
  readonly changing: boolean;
  /** A simultaneous call may have caused the failure. */
  readonly contended: boolean;
  /** Number of consecutive failures of the handler as a whole, including this one. */
  readonly failures: number;
}

/** `disturbed`: repeated, and not counted as a failure. */
export type Verdict = 'done' | 'disturbed' | 'retry' | 'fatal';

export function verdictOf(
  outcome: Outcome,
  policy: Policy,
  { initial, ends, changing, contended, failures }: Circumstances,
): Verdict {
  if (outcome.again === true) return 'disturbed';
  if (isDone(outcome, policy)) return 'done';
  if (meaningOf(outcome, policy) === 'fatal') return 'fatal';
  if (contended || (changing && mayComeOfChanges(outcome))) return 'disturbed';
  // A partial failure is judged path by path, once it is known which paths fail.
  if (isPartial(outcome) && !ends) return 'retry';
  const count = isPartial(outcome) ? 1 : failures;
  return count < triesFor(outcome, policy, initial || ends) ? 'retry' : 'fatal';
}

/**
 * For a path that fails alone while others are synced. Tried without limit, whatever `--retries`
 * says: who may write into the tree can make a path that always fails, and must not end the daemon
 * by that. What fails with the root is not found in the tree, so it is a failure of the handler, or
 * of the destination.
 * @param isRoot the path is the root, and none beneath it could be found that fails
 */
export function verdictOfPath(
  failures: number,
  outcome: Outcome,
  policy: Policy,
  isRoot: boolean,
  { initial, ends }: Pick<Circumstances, 'initial' | 'ends'>,
): 'retry' | 'fatal' {
  if (!isRoot && !ends) return 'retry';
  const most = triesWanted(outcome, policy) ?? (initial ? 1 : Infinity);
  return failures < most ? 'retry' : 'fatal';
}

export function isDone(
  outcome: Outcome,
  policy: Pick<Policy, 'ignoredExitCodes' | 'exitCodePolicy'>,
): boolean {
  const { ending, codes } = outcome;
  const meaning = meaningOf(outcome, policy);
  return meaning === undefined
    ? ending.kind === 'exited' &&
        [0, ...codes.done, ...policy.ignoredExitCodes].includes(ending.code)
    : meaning === 'done';
}

/** What the user makes of it; undefined: nothing. */
function meaningOf(
  { ending }: Outcome,
  { exitCodePolicy }: Pick<Policy, 'exitCodePolicy'>,
): ExitCodeRule['meaning'] | undefined {
  if (ending.kind !== 'exited') return undefined;
  return exitCodePolicy.findLast(({ code }) => code === ending.code)?.meaning;
}

/** Whether it is tried without limit. */
export function isTriedForEver(
  outcome: Outcome,
  policy: Policy,
  { initial, ends }: Pick<Circumstances, 'initial' | 'ends'>,
): boolean {
  return !ends && triesFor(outcome, policy, initial) === Infinity;
}

/** Whether it failed for some of its entries only, which shows that the handler works. */
export function isPartial({ ending, codes, full }: Outcome): boolean {
  const partial = full === true ? [...codes.partial, ...codes.partialIfFull] : codes.partial;
  return ending.kind === 'exited' && partial.includes(ending.code);
}

/** Whether a source that changes during the call can explain the failure. */
export function mayComeOfChanges({ ending, codes, grave, again }: Outcome): boolean {
  return (
    grave !== true &&
    again !== true &&
    ending.kind === 'exited' &&
    codes.changing.includes(ending.code)
  );
}

/** Whether the cause may pass by itself. */
export function isOutage({ ending, codes }: Outcome): boolean {
  switch (ending.kind) {
    case 'exited':
      return codes.outage.includes(ending.code);
    // A signal does not show the reason.
    case 'killed':
    case 'timedOut':
    case 'stuck':
    // Of source or destination as a whole.
    case 'failed':
      return true;
    case 'notStarted':
      return false;
    case 'left':
      return isOutage({ ending: ending.by, codes });
  }
}

/** The number of tries that the user wants; undefined: not given. */
function triesWanted(outcome: Outcome, policy: Policy): number | undefined {
  const { retries, ignoreFailures } = policy;
  const isUnlimited = ignoreFailures || retries === 0 || meaningOf(outcome, policy) === 'retry';
  return isUnlimited ? Infinity : retries;
}

/**
 * The number of tries. Unlimited by default for causes that may pass by themselves, which must not
 * end a daemon that has run for weeks.
 */
function triesFor(outcome: Outcome, policy: Policy, once: boolean): number {
  return (
    triesWanted(outcome, policy) ??
    (!once && (isPartial(outcome) || isOutage(outcome)) ? Infinity : 1)
  );
}
