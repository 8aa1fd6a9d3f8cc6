/** Syncs of events, one call each, of which some fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../../../src/executor/modes/failure.js';
import type { Step } from '../../../../src/executor/modes/mode.js';
import { sync } from '../../../../src/executor/schedule/sync.js';
import type { Judge } from '../../../../src/executor/schedule/sync.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';
import { failure } from './scheduler-harness.js';

const SITUATION = { status: 'running', iteration: 0, initial: false } as const;

/** Syncs events of these paths; returns the paths called, and what became of the others. */
async function run(
  paths: readonly string[],
  fails: (path: string) => boolean,
  judge: Partial<Judge> = {},
) {
  const calls: string[] = [];
  const plan = (entries: readonly Entry[]): readonly Step[] =>
    entries.map((one) => ({
      entries: [one],
      isEvent: true,
      run: (): Promise<Failure | undefined> => {
        calls.push(one.path);
        return Promise.resolve(fails(one.path) ? failure : undefined);
      },
    }));
  const { troubles, waiting } = await sync(
    { plan, commands: () => [] },
    paths.map((path) => entry(path, 2)),
    SITUATION,
    { judge: () => Promise.resolve('retry'), tries: () => 0, ...judge },
  );
  const names = (entries: readonly Entry[]): string => entries.map(({ path }) => path).join(' ');
  const left = (apart: boolean): string =>
    names(troubles.filter((one) => one.apart === apart).flatMap(({ entries }) => entries));
  return {
    calls: calls.join(' '),
    apart: left(true),
    broken: left(false),
    waiting: names(waiting),
  };
}

test('an event that fails is set apart once another one succeeds; its path waits', async () => {
  const isBad = (path: string): boolean => path === 'bad';
  assert.deepEqual(await run(['bad', 'bad', 'a', 'bad', 'b'], isBad), {
    calls: 'bad a b',
    apart: 'bad',
    broken: '',
    waiting: 'bad bad',
  });
  assert.deepEqual(await run(['a', 'bad', 'b'], isBad), {
    calls: 'a bad b',
    apart: 'bad',
    broken: '',
    waiting: '',
  });
});

test('an outage is seen after two calls, and another event is asked at each try', async () => {
  const all = { apart: '', broken: 'a b c', waiting: '' };
  const paths = ['a', 'b', 'c'];
  assert.deepEqual(await run(paths, () => true), { ...all, calls: 'a b' });
  assert.deepEqual(await run(paths, () => true, { tries: () => 1 }), { ...all, calls: 'a c' });
  const limited = { tries: () => undefined };
  assert.deepEqual(await run(paths, (path) => path === 'a', limited), { ...all, calls: 'a' });
});

test('an outage in the middle of many is seen, too', async () => {
  const paths = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const { calls, apart, broken } = await run(paths, (path) => path !== 'f0');
  assert.deepEqual(
    [calls, apart, broken].map((names) => names.split(' ').length),
    [11, 8, 31],
  );
});

test('what has failed before stays apart, whether the handler works or not', async () => {
  const hasFailed = (path: string): boolean => path === 'bad';
  const { apart, broken } = await run(['bad'], () => true, { hasFailed });
  assert.deepEqual([apart, broken], ['bad', '']);
});
