import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../../../src/shared/clock.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import type { Failure } from '../../../../src/executor/modes/failure.js';
import type { Step } from '../../../../src/executor/modes/mode.js';
import { until } from '../../../harness/until.js';
import { WHOLE_TREE, entry } from '../../../harness/entries.js';
import { call, codes, failure, make, partial } from './scheduler-harness.js';

/** A delay that no test is slow enough to outlast. */
const HOUR = 3_600_000;

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

test('the end of the initial sync is told once, also when it had nothing to do', async () => {
  const idle = make();
  idle.scheduler.walked();
  assert.deepEqual(idle.synced, [[0, true]]);
  const skipped = make();
  skipped.scheduler.walked(false);
  assert.deepEqual([skipped.synced, skipped.statuses], [[], ['running']]);
  const failing = make({ retries: 0 });
  failing.add(entry('a', 2, EntryFlag.initial));
  failing.scheduler.walked();
  await call(failing.calls, 0, { ...partial, codes: { ...codes, changing: [] } });
  await until('its end', () => failing.scheduler.initialDone, { every: 1 });
  assert.deepEqual(failing.synced, [[0, true]]);
  await failing.scheduler.stop();
});

test('it is not told while a part of it fails with the handler', async () => {
  const ends: ((failure?: Failure) => void)[] = [];
  const plan = (entries: readonly Entry[]): Step[] =>
    entries.map((one) => ({
      entries: [one],
      run: () => new Promise<Failure | undefined>((resolve) => ends.push(resolve)),
    }));
  const { scheduler, synced, add } = make({ retries: 0 }, { plan });
  add(entry('a', 2, EntryFlag.initial), entry('b', 2, EntryFlag.initial));
  scheduler.walked();
  for (const [index, outcome] of [undefined, failure, undefined].entries()) {
    await until(`call ${index}`, () => ends.length > index, { every: 1 });
    ends[index]?.(outcome);
  }
  await until('the second sync', () => synced.length > 1, { every: 1 });
  assert.deepEqual(synced, [
    [1, false],
    [1, true],
  ]);
  await scheduler.stop();
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

test('settled is only what no handler failed for: a path leaves once, as done', async () => {
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
});

test('once the handler works again, what failed alone meanwhile is tried at once', async () => {
  const { scheduler, backlog, calls, add } = make({ retries: 0 });
  scheduler.walked();
  const due = monotonic() + 3_600_000;
  backlog.hold([entry('alone', 2)], { due, dueIfChanged: due, failing: true });
  add(entry('a', 2));
  for (const index of [0, 1, 2]) await call(calls, index, failure);
  await call(calls, 3);
  await call(calls, 4);
  assert.deepEqual(calls[4]?.paths, ['alone']);
  await scheduler.stop();
});

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
  'a partial transfer is repeated when the tree was changing under it; when it was not, what ' +
    'fails is set apart',
  async () => {
    const { scheduler, calls, over, add, onQuiet, backlog } = make({ retries: 1 });
    scheduler.walked();
    add(entry('d/a', 2));
    onQuiet(() => backlog.add(entry('d', 0x200), 0));
    await call(calls, 0, partial);
    assert.equal(backlog.failing, 0);
    onQuiet(() => undefined);
    await call(calls, 1, partial);
    assert.deepEqual(calls[1]?.paths.sort(), ['d']);
    assert.equal(backlog.failing, 1);
    assert.deepEqual(over, []);
  },
);

test('threading safe keeps what touches what is in hand waiting; full does not', async () => {
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
});

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
    const { scheduler, calls, over, add } = make({ retries: 3, delaySync: HOUR, ...changes });
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
