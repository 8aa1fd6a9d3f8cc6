/** Calls for a list of paths, whose exit statuses say nothing, and of which some fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureBy } from '../../../../src/executor/modes/failure.js';
import type { Failure } from '../../../../src/executor/modes/failure.js';
import type { Ending } from '../../../../src/executor/run/ending.js';
import { Recovery } from '../../../../src/executor/schedule/recovery.js';
import { UNKNOWN_CODES } from '../../../../src/executor/schedule/verdict.js';
import type { ExecutorSettings } from '../../../../src/shared/settings.js';
import { entry } from '../../../harness/entries.js';
import { until } from '../../../harness/until.js';
import { make } from './scheduler-harness.js';

const ended = (ending: Ending): Failure => ({
  ...failureBy({ ending, codes: UNKNOWN_CODES }),
  divisible: true,
});
const KILLED = ended({ kind: 'killed', signal: 'SIGKILL' });

/** Ends each call as it comes, and returns those so far. */
function serve(settings: Partial<ExecutorSettings>, fails: (paths: string[]) => boolean) {
  const parts = make(settings, {}, false);
  const ends = async (count: number): Promise<string[]> => {
    for (let index = 0; index < count; index++) {
      await until(`call ${index}`, () => parts.calls.length > index, { every: 1 });
      const call = parts.calls[index];
      await call?.end(fails(call.paths) ? KILLED : undefined);
    }
    return parts.calls.map(({ paths }) => paths.join(' '));
  };
  parts.scheduler.walked();
  return { ...parts, ends };
}

test('a path for which a signal ends the handler is set apart, with the usual tries', async () => {
  const { scheduler, backlog, add, ends, statuses } = serve({}, (paths) => paths.includes('bad'));
  add(entry('a', 2), entry('bad', 2), entry('b', 2));
  assert.deepEqual(await ends(4), ['a bad b', 'a', 'bad', 'b']);
  assert.deepEqual([...backlog.held.keys()], ['bad']);
  // Its own try fails, and is no failure of the handler.
  scheduler.tryNow();
  assert.equal((await ends(5))[4], 'bad');
  add(entry('c', 2));
  assert.equal((await ends(6))[5], 'c');
  assert.ok(!statuses.includes('synchandler error'));
  await scheduler.stop();
});

test('an outage is seen after two calls; as often as the user wants, after one', async () => {
  for (const [settings, count] of [
    [{}, 2],
    [{ retries: 2 }, 1],
  ] as const) {
    const { scheduler, add, ends, statuses, backlog } = serve(settings, () => true);
    add(entry('a', 2), entry('b', 2));
    assert.deepEqual(await ends(count), ['a b', 'a'].slice(0, count));
    assert.equal(statuses.at(-1), 'synchandler error');
    assert.equal(backlog.held.size, 0);
    await scheduler.stop();
  }
});

test('a failure of what is tried by itself does not show that the handler works', () => {
  const { backlog, settings } = make();
  const mode = { plan: () => [], commands: () => [] };
  const around = { report: () => undefined, failed: () => undefined };
  const recovery = new Recovery(
    () => settings,
    backlog,
    mode,
    around,
    () => 0,
    () => undefined,
  );
  const entries = [entry('bad', 2)];
  recovery.rest(KILLED);
  recovery.notBroken([{ entries, failure: KILLED, verdict: 'retry', apart: true }], entries);
  assert.equal(recovery.failures, 2);
  recovery.notBroken([], entries);
  assert.equal(recovery.failures, 1);
  recovery.stop();
});
