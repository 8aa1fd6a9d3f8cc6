import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ending } from '../../../../src/executor/run/runner.js';
import { RSYNC_CODES } from '../../../../src/executor/modes/rsync/options.js';
import { UNKNOWN_CODES, verdictOf } from '../../../../src/executor/schedule/verdict.js';
import type {
  Circumstances,
  ExitCodes,
  Policy,
} from '../../../../src/executor/schedule/verdict.js';

const code = (number: number): Ending => ({ kind: 'exited', code: number });
const KILLED: Ending = { kind: 'killed', signal: 'SIGKILL' };
const FIRST: Circumstances = { once: false, changing: false, failures: 1 };
const DEFAULT: Policy = { ignoreFailures: false, ignoredExitCodes: [] };
const ONCE = { once: true };
const CHANGING = { changing: true };

const CASES: readonly [
  string,
  Ending,
  ExitCodes,
  Partial<Policy>,
  Partial<Circumstances>,
  string,
][] = [
  ['0', code(0), UNKNOWN_CODES, {}, {}, 'done'],
  ['an ignored code', code(5), UNKNOWN_CODES, { ignoredExitCodes: [5] }, {}, 'done'],
  ['files that vanished', code(24), RSYNC_CODES, {}, {}, 'done'],
  ['the same number of another handler', code(24), UNKNOWN_CODES, {}, {}, 'fatal'],
  [
    'a partial transfer of a tree that changes',
    code(23),
    RSYNC_CODES,
    { retries: 1 },
    CHANGING,
    'disturbed',
  ],
  ['a partial transfer of a tree that does not', code(23), RSYNC_CODES, {}, {}, 'retry'],
  ['a partial transfer in the initial sync', code(23), RSYNC_CODES, {}, ONCE, 'fatal'],
  ['no connection', code(10), RSYNC_CODES, {}, { failures: 1000 }, 'retry'],
  ['no connection in the initial sync', code(10), RSYNC_CODES, {}, ONCE, 'fatal'],
  ['no connection, one try asked for', code(10), RSYNC_CODES, { retries: 1 }, {}, 'fatal'],
  [
    'no connection, three tries asked for',
    code(10),
    RSYNC_CODES,
    { retries: 3 },
    { failures: 2 },
    'retry',
  ],
  [
    'no connection, after three tries',
    code(10),
    RSYNC_CODES,
    { retries: 3 },
    { failures: 3 },
    'fatal',
  ],
  ['a signal', KILLED, UNKNOWN_CODES, {}, {}, 'retry'],
  ['a signal in the initial sync', KILLED, UNKNOWN_CODES, {}, ONCE, 'fatal'],
  ['any code', code(1), RSYNC_CODES, {}, CHANGING, 'fatal'],
  [
    'any code, tries without end',
    code(1),
    RSYNC_CODES,
    { retries: 0 },
    { ...ONCE, failures: 1000 },
    'retry',
  ],
  [
    'any code, failures ignored',
    code(1),
    UNKNOWN_CODES,
    { retries: 1, ignoreFailures: true },
    ONCE,
    'retry',
  ],
  [
    'a program that is not there',
    { kind: 'notStarted', errno: 2, words: 'ENOENT' },
    RSYNC_CODES,
    {},
    {},
    'fatal',
  ],
];

for (const [what, ending, codes, policy, circumstances, verdict] of CASES) {
  test(`${what}: ${verdict}`, () =>
    assert.equal(
      verdictOf(ending, codes, { ...DEFAULT, ...policy }, { ...FIRST, ...circumstances }),
      verdict,
    ));
}
