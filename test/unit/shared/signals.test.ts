import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../../src/shared/seccomp/filter.js';
import { noSignalsBetween } from '../../../src/shared/seccomp/programs.js';

/** Whether kill(2) may name this process, or process group (negative). */
function mayName(first: number, last: number, target: number): boolean {
  const holds = (condition: Condition): boolean =>
    'from' in condition && condition.from <= target >>> 0 && target >>> 0 <= condition.to;
  return !noSignalsBetween(first, last).some(
    ({ calls, when }) => calls.includes('kill') && when?.every(holds),
  );
}

test('numbers from the first to the last process are spared, also where they begin anew', () => {
  for (const sign of [1, -1]) {
    const named = (first: number, last: number, targets: readonly number[]): boolean[] =>
      targets.map((target) => mayName(first, last, sign * target));
    assert.deepEqual(named(100, 200, [99, 100, 200, 201]), [true, false, false, true]);
    assert.deepEqual(named(200, 100, [1, 100, 101, 199]), [false, false, true, true]);
    assert.deepEqual(named(200, 100, [200, 4194304]), [false, false]);
  }
});
