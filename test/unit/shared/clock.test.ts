/** The wall clock is set back or forward by hours while something waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Epochs, earliest } from '../../../src/shared/clock.js';

const HOUR = 3_600_000;

test('nothing that changed after a moment has an earlier time, however the clock was set', () => {
  const then = { monotonic: 1000, wall: 10 * HOUR };
  const later = (set: number) => ({ monotonic: 1000 + 5000, wall: 10 * HOUR + 5000 + set });
  assert.equal(earliest(then, later(0)), then.wall);
  assert.equal(earliest(then, later(2 * HOUR)), then.wall, 'set forward, or asleep meanwhile');
  assert.equal(earliest(then, later(-2 * HOUR)), then.wall - 2 * HOUR);
});

test('an event from before the clock was set is not later than the file it was for', () => {
  const epochs = new Epochs();
  const at = (monotonic: number, epoch: number): number =>
    epochs.least(monotonic + epoch, monotonic);
  assert.equal(at(0, 10 * HOUR), 10 * HOUR);
  assert.equal(at(1000, 12 * HOUR), 10 * HOUR, 'forward');
  assert.equal(at(2000, 12 * HOUR), 10 * HOUR, 'also the second that is looked at');
  assert.equal(at(3000, 5 * HOUR), 5 * HOUR, 'back');
  assert.equal(at(HOUR, 5 * HOUR), 5 * HOUR, 'forgotten');
  assert.equal(at(HOUR + 1, 6 * HOUR), 5 * HOUR);
});
