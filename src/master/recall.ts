/** What an earlier run has left in the states of `--state-dir` for this one. */
import { identitiesFrom } from '../shared/directory-identity.js';
import { RECORDS } from '../shared/state/files.js';
import type { Records } from '../shared/state/records.js';
import type { Grounds } from './ground/grounds.js';
import type { RecalledOf } from './known-to-next.js';
import type { StateDirectory } from './state-directory.js';

export interface Recalled {
  readonly isPaused: boolean;
  /** Of the last order about that; 0: there was none. */
  readonly pauseNumber: number;
  /** In the order of the destinations. */
  readonly of: readonly RecalledOf[];
}

/** Tells the grounds, too. Undefined: nothing is kept. @param states of each destination */
export function recall(
  states: readonly Pick<StateDirectory, 'records'>[],
  grounds: Pick<Grounds, 'recall'>,
): Recalled | undefined {
  if (states.length === 0) return undefined;
  const all = states.map(({ records }) => records);
  return {
    ...lastPause(all),
    of: all.map((records, number) => {
      const { source, destination } = identitiesFrom(records.get(RECORDS.ground));
      grounds.recall(number, destination);
      const doubt = records.get(RECORDS.doubt);
      return { source, doubt: typeof doubt === 'string' ? doubt : undefined };
    }),
  };
}

/** The last order: the executor of a destination that was away has not heard it. */
function lastPause(all: readonly Records[]): Pick<Recalled, 'isPaused' | 'pauseNumber'> {
  const orders = all.map((records) => {
    const number = records.get(RECORDS.pauseNumber);
    return {
      isPaused: records.get(RECORDS.paused) === true,
      pauseNumber: typeof number === 'number' ? number : 0,
    };
  });
  const [last] = orders.sort((one, other) => other.pauseNumber - one.pauseNumber);
  return last ?? { isPaused: false, pauseNumber: 0 };
}
