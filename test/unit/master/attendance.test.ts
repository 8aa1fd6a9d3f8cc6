import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attendance } from '../../../src/master/attendance.js';
import type { Attending } from '../../../src/master/attendance.js';
import { memberOf } from '../../../src/master/sandbox/roles.js';

const LIMIT = 60;

/** A process of this one member. */
class Joined implements Attending {
  readonly member = memberOf('executor');

  async end(): Promise<void> {}
}

test('who joins once more in time is not told to leave for not having been up before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const attendance = new Attendance<Joined>();
  const silent: string[] = [];
  const join = (name: string): Joined => {
    const one = new Joined();
    attendance.join(one);
    attendance.unlessUp(one, LIMIT, () => silent.push(name));
    return one;
  };
  const first = join('first');
  t.mock.timers.tick(LIMIT / 2);
  await attendance.leave(first, 0);
  const second = join('second');
  t.mock.timers.tick(LIMIT / 2);
  assert.deepEqual(silent, []);
  assert.equal(attendance.missing, 'executor');
  t.mock.timers.tick(LIMIT / 2);
  assert.deepEqual(silent, ['second']);
  attendance.isUp(second);
  assert.ok(attendance.isFull);
});
