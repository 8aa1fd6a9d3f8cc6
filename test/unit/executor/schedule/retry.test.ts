import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Retry } from '../../../../src/executor/schedule/retry.js';

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
