import { test } from 'node:test';
import { killAtRandom } from './kills.js';

test(
  '20 random kills with --state-dir: the trees become equal, and nothing is left',
  {
    timeout: 300_000,
  },
  async (scope) => {
    await killAtRandom(scope, 1, 20);
  },
);
