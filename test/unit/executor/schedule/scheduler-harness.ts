/** A scheduler in the hands of a test: what it calls, when the calls end, and what it tells. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Entry } from '../../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../../src/shared/settings.js';
import type { Failure } from '../../../../src/executor/modes/failure.js';
import type { Mode, Situation } from '../../../../src/executor/modes/mode.js';
import type { ExitCodes } from '../../../../src/executor/schedule/verdict.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { Scheduler } from '../../../../src/executor/schedule/scheduler.js';
import { Scratch } from '../../../harness/scratch.js';
import { until } from '../../../harness/until.js';

const scratch = new Scratch();
const { retries, ...usual } = scratch.settings();
scratch.remove();

/**
 * A scheduler with a handler whose calls end when and as the test says.
 * @param hasTries `--retries` is given: 1, if not among the changes
 */
export function make(
  changes: Partial<ExecutorSettings> = {},
  mode: Partial<Mode> = {},
  hasTries = true,
  wanting = (): void => undefined,
) {
  const settings = { ...usual, ...(hasTries && { retries }), ...changes };
  const calls: {
    paths: string[];
    situation: Situation;
    end: (failure?: Failure) => Promise<void>;
  }[] = [];
  const statuses: string[] = [];
  const over: [number, string][] = [];
  const synced: [number, boolean][] = [];
  const times: number[] = [];
  let whenTold: () => void = () => undefined;
  const backlog = new Queues({ normal: 0, big: 0, sync: 0 });
  let whenAsked: () => void = () => undefined;
  const plan = (entries: readonly Entry[], situation: Situation) => [
    {
      entries,
      run: () =>
        new Promise<Failure | undefined>((resolve) => {
          calls.push({
            paths: entries.map(({ path }) => path as string),
            situation,
            end: async (failure) => {
              resolve(failure);
              for (let i = 0; i < 5; i++) await turn();
            },
          });
        }),
    },
  ];
  const scheduler = new Scheduler(
    () => settings,
    backlog,
    { plan, commands: () => [], ...mode },
    {
      report: () => undefined,
      isStandby: () => Promise.resolve(false),
      status: (status) => statuses.push(status),
      statusIsKnown: () => undefined,
      failed: () => undefined,
      synced: (paths, milliseconds, initial) => {
        synced.push([paths, initial]);
        times.push(milliseconds);
        whenTold();
      },
      quiet: () => Promise.resolve(whenAsked()),
      obstacle: () => undefined,
      took: () => undefined,
      settled: () => undefined,
      wanting,
      over: (exit, text) => {
        over.push([exit, text]);
        void scheduler.stop();
      },
    },
  );
  const add = (...entries: Entry[]): void => {
    for (const item of entries) backlog.add(item, 0);
    scheduler.wake();
  };
  return {
    scheduler,
    settings,
    backlog,
    calls,
    statuses,
    over,
    synced,
    times,
    onSynced: (act: () => void) => (whenTold = act),
    add,
    onQuiet: (act: () => void) => (whenAsked = act),
  };
}

export const codes: ExitCodes = {
  done: [],
  partial: [23],
  partialIfFull: [11],
  changing: [23],
  outage: [12],
};
export const failure: Failure = {
  ending: { kind: 'exited', code: 5 },
  codes,
  exit: 5,
  reason: 'exit code 5',
  denied: false,
};
export const partial: Failure = {
  ...failure,
  ending: { kind: 'exited', code: 23 },
  exit: 23,
  reason: 'exit code 23',
};

export async function call(
  calls: readonly { end: (failure?: Failure) => Promise<void> }[],
  index: number,
  outcome?: Failure,
): Promise<void> {
  await until(`call ${index}`, () => calls.length > index, { every: 1 });
  await calls[index]?.end(outcome);
}
