import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expired, stampOf, timeOf } from '../../../../../src/executor/modes/mirror/versions.js';
import { fromText } from '../../../../../src/shared/bytes.js';

test('old versions are named by their time, and go by it', () => {
  const now = Date.UTC(2026, 10, 27, 3, 4, 5, 6);
  assert.equal(stampOf(now), '2026-11-27_03-04-05.006');
  assert.equal(timeOf(stampOf(now)), now);
  const names = [
    '2026-11-20_03-04-05.005',
    '2026-11-20_03-04-05.007',
    'mine',
    '2020-99-99_00-00-00.000',
  ];
  assert.deepEqual(expired(names.map(fromText), now, 7), names.slice(0, 1));
});
