import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Entry } from '../../../../src/shared/entry.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../../src/shared/settings.js';
import type { Failure } from '../../../../src/executor/modes/failure.js';
import type { Mode } from '../../../../src/executor/modes/mode.js';
import type { ExitCodes } from '../../../../src/executor/schedule/verdict.js';
import { PORTION, Queues } from '../../../../src/executor/schedule/queues.js';
import { Retry } from '../../../../src/executor/schedule/retry.js';
import { Scheduler } from '../../../../src/executor/schedule/scheduler.js';
import { WHOLE_TREE, entry } from '../../../harness/entries.js';
import { Scratch } from '../../../harness/scratch.js';

const scratch = new Scratch();
const base = scratch.settings();
scratch.remove();

/** A scheduler with a handler whose calls end when and as the test says. */
function make(changes: Partial<ExecutorSettings> = {}, mode: Partial<Mode> = {}) {
  const calls: { paths: string[]; end: (failure?: Failure) => Promise<void> }[] = [];
  const statuses: string[] = [];
  const over: [number, string][] = [];
  const synced: [number, boolean][] = [];
  const backlog = new Queues({ normal: 0, big: 0, sync: 0 });
  let whenAsked: () => void = () => undefined;
  const plan = (entries: readonly Entry[]) => [
    {
      entries,
      run: () =>
        new Promise<Failure | undefined>((resolve) => {
          calls.push({
            paths: entries.map(({ path }) => path as string),
            end: async (failure) => {
              resolve(failure);
              for (let i = 0; i < 5; i++) await turn();
            },
          });
        }),
    },
  ];
  const scheduler = new Scheduler(
    () => ({ ...base, ...changes }),
    backlog,
    { plan, commands: () => [], ...mode },
    {
      report: () => undefined,
      status: (status) => statuses.push(status),
      statusIsKnown: () => undefined,
      failed: () => undefined,
      synced: (paths, _, initial) => synced.push([paths, initial]),
      quiet: () => Promise.resolve(whenAsked()),
      obstacle: () => undefined,
      took: () => undefined,
      settled: () => undefined,
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
    backlog,
    calls,
    statuses,
    over,
    synced,
    add,
    onQuiet: (act: () => void) => (whenAsked = act),
  };
}

const codes: ExitCodes = {
  done: [],
  partial: [23],
  partialIfFull: [11],
  changing: [23],
  outage: [12],
};
const failure: Failure = {
  ending: { kind: 'exited', code: 5 },
  codes,
  exit: 5,
  reason: 'exit code 5',
  denied: false,
};
const partial: Failure = {
  ...failure,
  ending: { kind: 'exited', code: 23 },
  exit: 23,
  reason: 'exit code 23',
};

async function call(
  calls: readonly { end: (failure?: Failure) => Promise<void> }[],
  index: number,
  outcome?: Failure,
): Promise<void> {
  for (let i = 0; i < 1000 && calls.length <= index; i++)
    await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(calls[index], `call ${index} was not made`);
  await calls[index].end(outcome);
}

test('nothing is synced before the walk is over; then the initial sync, alone', async () => {
  const { scheduler, calls, statuses, add } = make({ threading: 'full' });
  add(WHOLE_TREE);
  assert.equal(calls.length, 0);
  scheduler.walked();
  add(entry('a', 2));
  assert.equal(calls.length, 1);
  assert.deepEqual(statuses, ['initsync', 'initsync']);
  await call(calls, 0);
  await call(calls, 1);
  assert.deepEqual(calls[1]?.paths, ['a']);
  assert.equal(statuses.at(-1), 'running');
});

test('one sync at a time; an event on a path in hand makes it dirty again', async () => {
  const { scheduler, calls, add } = make();
  scheduler.walked();
  add(entry('a', 2));
  add(entry('a', 2), entry('b', 2));
  assert.equal(calls.length, 1);
  await call(calls, 0);
  await call(calls, 1);
  assert.deepEqual(calls[1]?.paths, ['a', 'b']);
});

test('the last try that fails ends the daemon with the exit code of the handler', async () => {
  const { scheduler, calls, over, statuses, add, backlog } = make({ retries: 2 });
  scheduler.walked();
  add(entry('a', 2));
  await call(calls, 0, failure);
  assert.equal(statuses.at(-1), 'synchandler error');
  assert.equal(backlog.size, 1);
  await call(calls, 1, failure);
  assert.deepEqual(over, [[5, 'exit code 5']]);
});

test(
  'settled is only what no handler failed for: a path leaves the backlog ' + 'once, as done',
  async () => {
    const { scheduler, backlog, calls, add } = make({ retries: 0 });
    const settled: string[] = [];
    const settle = backlog.settled.bind(backlog);
    backlog.settled = (entries) => {
      settled.push(...entries.map(({ path }) => path as string));
      settle(entries);
    };
    scheduler.walked();
    add(entry('a', 2));
    await call(calls, 0, failure);
    assert.deepEqual([settled, backlog.size], [[], 1]);
    add(entry('b', 2));
    scheduler.tryNow();
    await call(calls, 1, { ...partial, codes: { ...codes, changing: [] } });
    await call(calls, 2);
    await call(calls, 3, { ...partial, codes: { ...codes, changing: [] } });
    assert.deepEqual([settled, [...backlog.held.keys()]], [['b'], ['a']]);
    assert.equal(backlog.inHand.size, 0);
    await scheduler.stop();
  },
);

test('with failures ignored the path stays pending and the work goes on', async () => {
  const { scheduler, calls, over, add } = make({ retries: 1, ignoreFailures: true });
  scheduler.walked();
  add(entry('a', 2));
  await call(calls, 0, failure);
  await call(calls, 1, failure);
  await call(calls, 2);
  assert.deepEqual(
    calls.map(({ paths }) => paths),
    [['a'], ['a'], ['a']],
  );
  assert.deepEqual(over, []);
});

test(
  'a partial transfer is not counted when the tree was changing under it, and is when it was ' +
    'not',
  async () => {
    const { scheduler, calls, over, add, onQuiet, backlog } = make({ retries: 1 });
    scheduler.walked();
    add(entry('d/a', 2));
    onQuiet(() => backlog.add(entry('d', 0x200), 0));
    await call(calls, 0, partial);
    assert.deepEqual(over, []);
    onQuiet(() => undefined);
    await call(calls, 1, partial);
    assert.deepEqual(calls[1]?.paths.sort(), ['d']);
    assert.deepEqual(over, [[23, 'exit code 23']]);
  },
);

test(
  'threading safe keeps what is in hand, above it and beneath it waiting; ' + 'full does not',
  async () => {
    for (const [threading, expected] of [
      ['safe', [['d'], ['x']]],
      ['full', [['d'], ['d/e', 'x']]],
    ] as const) {
      const { scheduler, calls, add } = make({ threading });
      scheduler.walked();
      add(entry('d', 2));
      add(entry('d/e', 2), entry('x', 2));
      assert.deepEqual(
        calls.map(({ paths }) => paths),
        expected,
      );
      await call(calls, 0);
      if (threading === 'safe') assert.deepEqual(calls[2]?.paths, ['d/e']);
      for (let i = 1; i < calls.length; i++) await call(calls, i);
    }
  },
);

test('a name that waits after a failure is taken with another name of its inode', async () => {
  const { scheduler, calls, add, backlog } = make(
    {},
    { keyOf: ({ path }) => (path === 'c' ? undefined : 'inode') },
  );
  scheduler.walked();
  backlog.hold([entry('a', 2)], { due: Infinity, dueIfChanged: Infinity, failing: true });
  add(entry('c', 2));
  assert.deepEqual(calls[0]?.paths, ['c']);
  await call(calls, 0);
  add(entry('b', 2));
  await call(calls, 1);
  assert.deepEqual(calls[1]?.paths, ['b', 'a']);
});

test('max-iterations counts the initial sync', async () => {
  const { scheduler, calls, over, add } = make({ maxIterations: 2 });
  add(WHOLE_TREE);
  scheduler.walked();
  await call(calls, 0);
  assert.deepEqual(over, []);
  add(entry('a', 2));
  await call(calls, 1);
  assert.deepEqual(over, [[0, '']]);
});

test('exit-on-no-events syncs what came meanwhile, whatever the delays, then ends', async () => {
  const { scheduler, calls, over, add, onQuiet, backlog } = make({ exitOnNoEvents: true });
  backlog.adjust({ normal: 1e9, big: 1e9, sync: 1e9 });
  add(WHOLE_TREE);
  scheduler.walked();
  onQuiet(() => backlog.add(entry('a', 2, EntryFlag.big), 0));
  await call(calls, 0);
  onQuiet(() => undefined);
  await call(calls, 1);
  assert.deepEqual(calls[1]?.paths, ['a']);
  assert.deepEqual(over, [[0, '']]);
});

test('a run that ends by itself waits for what failed, at the pace of its tries', async () => {
  for (const changes of [
    { onlyInitialSync: true },
    { maxIterations: 1 },
    { exitOnNoEvents: true },
  ]) {
    const { scheduler, calls, over, add } = make({ retries: 3, delaySync: 50, ...changes });
    add(entry('a', 2, EntryFlag.initial));
    scheduler.walked();
    await call(calls, 0, partial);
    assert.deepEqual(over, [], JSON.stringify(changes));
    assert.equal(calls.length, 1, JSON.stringify(changes));
    scheduler.tryNow();
    await call(calls, 1);
    assert.deepEqual(over, [[0, '']], JSON.stringify(changes));
  }
});

test('what a sync of a directory leaves to a try of its own is taken whole by that', async () => {
  const { scheduler, calls, add, backlog } = make();
  scheduler.walked();
  backlog.hold([entry('d/e', 4), entry('f', 4)], {
    due: Infinity,
    dueIfChanged: Infinity,
    failing: true,
  });
  add(entry('d', 0x100, EntryFlag.recursive));
  assert.deepEqual(
    [...backlog.held.values()].map(({ entry: { path, flags } }) => [path, flags]),
    [
      ['d/e', EntryFlag.recursive],
      ['f', 0],
    ],
  );
  await call(calls, 0);
});

test('a failed initial sync is not complete', async () => {
  const { scheduler, calls, over, add } = make();
  add(WHOLE_TREE);
  scheduler.walked();
  await call(calls, 0, failure);
  assert.deepEqual(over, [[5, 'exit code 5']]);
  assert.equal(scheduler.initialDone, false);
});

test(
  'the delay between tries grows up to a bound when there is no limit, and is the sync delay ' +
    'when there is',
  () => {
    const forever = new Retry();
    const settings = { retries: 0, ignoreFailures: false, delaySync: 1000 };
    const delays = Array.from({ length: 9 }, () => forever.failed(settings));
    assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]);
    forever.succeeded();
    assert.equal(forever.failed(settings), 1000);
    const disturbed = Array.from({ length: 21 }, () =>
      forever.disturbed({ ...settings, delaySync: 0 }),
    );
    assert.deepEqual(
      [disturbed[0], disturbed[1], disturbed[19], disturbed[20]],
      [100, 200, 1000, 1000],
    );
    const limited = new Retry();
    assert.deepEqual(
      [1, 2, 3].map(() => limited.failed({ ...settings, retries: 3 })),
      [1000, 1000, 1000],
    );
  },
);

/** With three portions waiting, the first in hand. */
function makeFull(changes: Partial<ExecutorSettings> = {}) {
  const made = make(changes);
  for (let index = 0; index < 2 * PORTION + 1; index++) made.backlog.add(entry(`f${index}`, 2), 0);
  made.scheduler.walked();
  return made;
}

test('very much is synced portion by portion, as one iteration', async () => {
  const { calls, over, backlog } = makeFull({ maxIterations: 1 });
  for (const index of [0, 1]) await call(calls, index);
  assert.deepEqual(over, []);
  await call(calls, 2);
  assert.deepEqual(over, [[0, '']]);
  assert.equal(new Set(calls.flatMap(({ paths }) => paths)).size, 2 * PORTION + 1);
  assert.deepEqual([backlog.size, backlog.inHand.size], [0, 0]);
});

test('an event loop turn lies between taking very much and calling the handler', async () => {
  const { calls, backlog } = makeFull();
  assert.deepEqual([calls.length, backlog.inHand.size], [0, PORTION]);
  await call(calls, 0);
});

test('an end between portions begins no other; what is pending is, and loses nothing', async () => {
  const { scheduler, calls, backlog, add } = makeFull();
  const stopped = scheduler.stop();
  add(entry('f0', 4), entry(`f${PORTION}`, 4));
  await call(calls, 0);
  await stopped;
  assert.equal(calls.length, 1);
  assert.deepEqual([backlog.size, backlog.inHand.size], [PORTION + 2, 0]);
  const last = scheduler.last();
  for (const index of [1, 2]) await call(calls, index);
  assert.equal(await last, undefined);
  const rest = calls.slice(1).flatMap(({ paths }) => paths);
  assert.deepEqual(
    [rest.length, new Set(rest).size, rest.at(-1)],
    [PORTION + 2, PORTION + 2, 'f0'],
  );
});

test('a handler that does not work is given no further portion at the end', async () => {
  const { scheduler, calls, backlog } = makeFull();
  const stopped = scheduler.stop();
  await call(calls, 0);
  await stopped;
  const last = scheduler.last();
  await call(calls, 1, failure);
  assert.equal(await last, failure);
  assert.deepEqual([calls.length, backlog.size], [2, PORTION + 1]);
});

test('an initial sync of very much is told as done once', async () => {
  const { scheduler, calls, synced, backlog } = make();
  for (let index = 0; index < PORTION + 1; index++)
    backlog.add(entry(`f${index}`, 2, EntryFlag.initial), 0);
  scheduler.walked();
  await call(calls, 0);
  assert.deepEqual([synced, scheduler.initialDone], [[[PORTION, false]], false]);
  await call(calls, 1);
  assert.deepEqual([synced[1], scheduler.initialDone], [[1, true], true]);
});
