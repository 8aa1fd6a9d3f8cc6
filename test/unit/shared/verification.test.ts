import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesIn } from '../../../src/shared/verification.js';

test('of what an executor says of a comparison, only differences are believed', () => {
  const side = { mode: 1, uid: 2, gid: 3, links: 4, size: 5, modified: '-6' };
  const good = { path: 'a', what: ['size'], source: side, destination: null };
  const bad = [
    { ...good, path: 1 },
    { ...good, what: 'size' },
    { ...good, what: [1] },
    { ...good, source: 'here' },
    { ...good, source: { ...side, size: '5' } },
    { ...good, destination: { ...side, modified: '1e9' } },
    [],
    null,
  ];
  const rows = [good, ...bad].map((one) => JSON.stringify(one));
  assert.deepEqual(differencesIn([...rows, '{', ''].join('\n')), [good]);
});
