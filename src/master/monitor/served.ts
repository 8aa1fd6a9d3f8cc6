/** What the monitor has answered. */
import { getSystemErrorName } from 'node:util';
import { errnoError } from '../../shared/system-errors.js';
import { NoAnswer } from '../no-answer.js';
import type { Answer } from './frozen-wire.js';

export interface Served {
  readonly answer: Answer;
  readonly descriptors: readonly number[];
}

/** The processes that it names. */
export function pidsIn({ answer }: Served): number[] {
  return answer.pids.filter((pid) => pid !== 0);
}

/** Throws an errno error, or NoAnswer. */
export function checked(served: Served): Served {
  const { fault, error } = served.answer;
  if (fault === undefined) return served;
  const code = getSystemErrorName(-error);
  if (fault === 'wait') throw new NoAnswer(code === 'EBUSY');
  throw errnoError(code);
}
