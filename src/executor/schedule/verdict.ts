/** What the end of a handler means, and what follows from it. Pure. */
import type { Ending } from '../run/runner.js';

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

/** @param full it complained of no room */
export function codesIf(full: boolean, codes: ExitCodes): ExitCodes {
  return full ? { ...codes, partial: [...codes.partial, ...codes.partialIfFull] } : codes;
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
  /** How often this has failed, this time included. */
  readonly failures: number;
}

/** `disturbed`: done again, and not counted as a failure. */
export type Verdict = 'done' | 'disturbed' | 'retry' | 'fatal';

export function verdictOf(
  ending: Ending,
  codes: ExitCodes,
  policy: Policy,
  { once, changing, failures }: Circumstances,
): Verdict {
  if (isDone(ending, codes, policy)) return 'done';
  if (changing && mayComeOfChanges(ending, codes)) return 'disturbed';
  return failures < triesFor(ending, codes, policy, once) ? 'retry' : 'fatal';
}

export function isDone(
  ending: Ending,
  codes: ExitCodes,
  { ignoredExitCodes }: Pick<Policy, 'ignoredExitCodes'>,
): boolean {
  return ending.kind === 'exited' && [0, ...codes.done, ...ignoredExitCodes].includes(ending.code);
}

/** Whether it failed for some of what it was given, and so works. */
export function isPartial(ending: Ending, codes: ExitCodes): boolean {
  return ending.kind === 'exited' && codes.partial.includes(ending.code);
}

export function mayComeOfChanges(ending: Ending, codes: ExitCodes): boolean {
  return ending.kind === 'exited' && codes.changing.includes(ending.code);
}

/** What passes without anybody's doing is no reason to end a daemon that has run for weeks. */
function triesFor(
  ending: Ending,
  codes: ExitCodes,
  { retries, ignoreFailures }: Policy,
  once: boolean,
): number {
  if (ignoreFailures || retries === 0) return Infinity;
  if (retries !== undefined) return retries;
  return !once && (isPartial(ending, codes) || isOutage(ending, codes)) ? Infinity : 1;
}

export function isOutage(ending: Ending, codes: ExitCodes): boolean {
  // A signal tells nothing of why.
  if (ending.kind === 'exited') return codes.outage.includes(ending.code);
  return ending.kind === 'killed' || ending.kind === 'timedOut';
}
