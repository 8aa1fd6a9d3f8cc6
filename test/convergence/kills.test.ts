import { test } from 'node:test';
import { DEADLINE } from '../harness/until.js';
import { killAtRandom } from './kills.js';

test(
  '20 random kills with --state-dir: the trees become equal, and nothing is left',
  { timeout: DEADLINE },
  async (scope) => {
    await killAtRandom(scope, 1, 20);
  },
);
