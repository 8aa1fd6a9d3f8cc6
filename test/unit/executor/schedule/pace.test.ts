import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../../src/executor/schedule/pace.js';

test(
  'a change after a calm moment is synced at once; syncs that follow one another are spaced, ' +
    'more and more, up to a bound',
  () => {
    const pace = new Pace();
    assert.equal(pace.nextStart(0, 0), 0);
    let now = 10;
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      pace.syncEnded(now);
      const start = pace.nextStart(now + 1, Infinity);
      assert.equal(pace.nextStart(start, Infinity), start, 'waiting does not make it longer');
      waits.push(start - now);
      now = start + 40;
    }
    assert.deepEqual(waits, [25, 50, 100, 200, 400, 500, 500, 500]);
    pace.syncEnded(now);
    assert.equal(pace.nextStart(now + 601, Infinity), now + 601);
    pace.syncEnded(now + 700);
    assert.equal(pace.nextStart(now + 701, Infinity), now + 725, 'the next burst begins anew');
    assert.equal(
      pace.nextStart(now + 701, now + 510),
      now + 710,
      'what is old enough waits no longer',
    );
  },
);

test('where a sync starts no program, no change waits longer than 40 ms', () => {
  const pace = new Pace(true);
  let now = 0;
  for (let round = 0; round < 8; round++) {
    pace.syncEnded(now);
    const start = pace.nextStart(now + 1, now + 1);
    assert.ok(start - now <= 41, String(start - now));
    now = start + 1;
  }
  assert.equal(pace.nextStart(now, now - 40), now);
});
