import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { Records } from '../../../src/shared/state/records.js';
import { RECORDS } from '../../../src/shared/state/files.js';
import { recall } from '../../../src/master/recall.js';
import { temporaryDirectory } from '../../harness/temporary.js';

test('of orders to pause and to go on the last one counts, whatever the clocks said', (scope) => {
  const directory = temporaryDirectory(scope);
  const states = ['one', 'other'].map((name) => {
    const file = openSync(`${directory}/${name}`, 'w+');
    scope.after(() => closeSync(file));
    return { records: Records.open(file) };
  });
  const order = (of: number, paused: boolean, number: number): void =>
    states[of]?.records.put({ [RECORDS.paused]: paused, [RECORDS.pauseNumber]: number });
  const recalled = (): unknown[] => {
    const { isPaused, pauseNumber } = recall(states, { recall: () => undefined }) ?? {};
    return [isPaused, pauseNumber];
  };
  assert.deepEqual(recalled(), [false, 0]);
  // Of a version that noted the time.
  const time = Date.now();
  order(0, true, time);
  assert.deepEqual(recalled(), [true, time]);
  order(1, false, time + 1);
  assert.deepEqual(recalled(), [false, time + 1]);
  order(0, true, time + 2);
  assert.deepEqual(recalled(), [true, time + 2]);
});
