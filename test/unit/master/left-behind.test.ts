/** What is left to the kernel when processes are ended, and what only takes its time to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeftBehind } from '../../../src/master/left-behind.js';
import { DEADLINE } from '../../harness/until.js';

const ONE = { pid: 7, name: 'rsync', isExiting: false };
const LONG = { least: 0, patience: DEADLINE };

test(
  'a process that waits in the kernel while it is torn down is waited for',
  { timeout: DEADLINE },
  async () => {
    let looks = 0;
    const behind = new LeftBehind(() => (++looks < 3 ? [ONE] : []));
    assert.deepEqual(
      await behind.besides(
        () => looks > 4,
        () => LONG,
      ),
      [],
    );
  },
);

test(
  'one that was seen to wait before it was killed, and still does, is left',
  { timeout: DEADLINE },
  async () => {
    const behind = new LeftBehind(() => [ONE]);
    behind.begin();
    assert.deepEqual(
      await behind.besides(
        () => false,
        () => ({ least: 1, patience: 1 }),
      ),
      [ONE],
    );
    behind.stop();
  },
);
