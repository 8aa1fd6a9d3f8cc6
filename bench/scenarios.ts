/** The scenarios that are measured. */
import type { Scope } from '../test/harness/temporary.js';
import type { Measurement } from './measurement.js';
import { isDaemon } from './contenders.js';
import type { Contender, DaemonContender } from './contenders.js';
import { bigFile, renamedDirectory } from './scenarios/big.js';
import { busy, churn, latency } from './scenarios/changes.js';
import { burst, firstFile, initial, startUp, unchanged } from './scenarios/trees.js';

interface Row {
  readonly name: string;
  readonly title: string;
  /** Number of repetitions; contenders take turns in each. */
  readonly rounds: number;
}

export type Scenario = Row & {
  readonly measure: (scope: Scope, contender: Contender) => Promise<Measurement>;
};

/** A scenario that only daemons can take part in. */
function ofDaemons(
  row: Row,
  measure: (scope: Scope, contender: DaemonContender) => Promise<Measurement>,
): Scenario {
  return {
    ...row,
    measure: async (scope, contender) =>
      isDaemon(contender) ? measure(scope, contender) : { milliseconds: [], wrong: 0 },
  };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'latency',
    title: 'latency: one file written, daemon idle, zero delays',
    rounds: 3,
    measure: latency,
  },
  ofDaemons(
    {
      name: 'busy',
      title: 'busy: one file written while 400 others change each second, zero delays',
      rounds: 2,
    },
    busy,
  ),
  ofDaemons(
    { name: 'churn', title: 'churn: 2 writers, together 400 changes a second', rounds: 1 },
    churn,
  ),
  {
    name: 'burst',
    title: 'burst: 20,000 files made in 500 nested directories',
    rounds: 3,
    measure: burst,
  },
  {
    name: 'initial',
    title: 'initial sync: 20,000 files of 4 kB in 500 directories, start included',
    rounds: 3,
    measure: initial,
  },
  {
    name: 'unchanged',
    title: 'the same again, nothing changed, start included',
    rounds: 5,
    measure: unchanged,
  },
  {
    name: 'first-file',
    title: 'first file: started on a tree of one file, nothing mirrored',
    rounds: 15,
    measure: firstFile,
  },
  {
    name: 'start-up',
    title: 'start-up: 10,000 directories, already mirrored but for one file',
    rounds: 3,
    measure: startUp,
  },
  ofDaemons(
    { name: 'rename', title: 'rename: a directory of 500 MB in 2,000 files', rounds: 3 },
    renamedDirectory,
  ),
  {
    name: 'big-file',
    title: 'big file: 1 MB changed in the middle of 1 GB',
    rounds: 2,
    measure: bigFile,
  },
];
