/** What an earlier run has left in the states of `--state-dir` for this one. */
import { identitiesFrom } from '../shared/directory-identity.js';
import { RECORDS } from '../shared/state/files.js';
import type { Records } from '../shared/state/records.js';
import type { Grounds } from './ground/grounds.js';
import type { RecalledOf } from './known-to-next.js';
import type { StateDirectory } from './state-directory.js';

export interface Recalled {
  readonly isPaused: boolean;
  /** In the order of the destinations. */
  readonly of: readonly RecalledOf[];
}

/** Tells the grounds, too. Undefined: nothing is kept. @param states of each destination */
export function recall(states: readonly StateDirectory[], grounds: Grounds): Recalled | undefined {
  if (states.length === 0) return undefined;
  const all = states.map(({ records }) => records);
  return {
    isPaused: isPaused(all),
    of: all.map((records, number) => {
      const { source, destination } = identitiesFrom(records.get(RECORDS.ground));
      grounds.recall(number, destination);
      const doubt = records.get(RECORDS.doubt);
      return { source, doubt: typeof doubt === 'string' ? doubt : undefined };
    }),
  };
}

/** By the last word: the executor of a destination that was away has not heard it. */
function isPaused(all: readonly Records[]): boolean {
  const time = (records: Records): number => {
    const since = records.get(RECORDS.pausedAt);
    return typeof since === 'number' ? since : 0;
  };
  const [last] = all.toSorted((one, other) => time(other) - time(one));
  return last?.get(RECORDS.paused) === true;
}
