/** What `clsync ctl` prints for people, and its colours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { painter, plain, wantsColours } from '../../../../src/master/ctl/colours.js';
import { listText, statusText } from '../../../../src/master/ctl/status-text.js';
import { initialState, newExecutor } from '../../../../src/master/state.js';
import { statusOf } from '../../../../src/master/surface/status.js';
import { FACTS } from '../../../harness/status.js';

const INSTANCE = { block: fromText('b'), label: fromText('www'), flags: 0n, given: 0n };
const STATUS = statusOf(
  {
    ...initialState(0, INSTANCE),
    status: 'deletions held',
    executors: new Map([
      ['executor', { ...newExecutor(0), backlog: { waiting: 0, inHand: 0, failing: 3 } }],
    ]),
  },
  FACTS,
  true,
);
const bare = (text: string): string => text.replace(/\x1b\[\d+m/g, '');

test('colours say what is wrong, and change nothing else', () => {
  const now = Date.now();
  const painted = statusText(STATUS, now, painter(true));
  assert.match(painted, /^  status +\x1b\[31mdeletions held, /m);
  assert.equal(bare(painted), statusText(STATUS, now, plain));
  const list = listText([['one', STATUS]], painter(true));
  assert.match(list, /\x1b\[31mdeletions held *\x1b\[0m/);
  assert.match(list, /\x1b\[31m3 *\x1b\[0m/);
  assert.equal(bare(list), listText([['one', STATUS]]));
  assert.doesNotMatch(listText([['one', STATUS]]) + statusText(STATUS, now), /\x1b/);
});

test('the status says why nothing is synced', () => {
  const line = (paused: boolean): string =>
    statusText({ ...STATUS, status: 'hold on', paused }, Date.now()).split('\n')[1] ?? '';
  assert.match(line(true), /hold on, paused, for /);
  assert.match(line(false), /hold on: the standby file is there, or a directory is not, for /);
});

test('there are none where NO_COLOR says so, or the terminal knows none', () => {
  assert.deepEqual([{}, { NO_COLOR: '' }, { NO_COLOR: '1' }, { TERM: 'dumb' }].map(wantsColours), [
    true,
    true,
    false,
    false,
  ]);
});
