import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, doubled } from '../../../src/shared/backoff.js';

test('delays double up to the longest, and begin anew after a calm time', () => {
  const backoff = new Backoff(10, 50, 100);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((now) => backoff.next(now)),
    [10, 20, 40, 50, 50],
  );
  assert.equal(backoff.next(104), 50);
  assert.equal(backoff.next(205), 10);
  assert.equal(backoff.next(206), 20);
  backoff.reset();
  assert.equal(backoff.next(207), 10);
});

test('a first delay that is longer than the longest stays as it is', () => {
  assert.deepEqual(
    [1, 2, 3].map((times) => doubled(70, times, 60)),
    [70, 70, 70],
  );
});
