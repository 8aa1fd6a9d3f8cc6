import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExitCodeRule } from '../../../../src/shared/settings.js';
import type { Ending } from '../../../../src/executor/run/ending.js';
import { RSYNC_CODES } from '../../../../src/executor/modes/rsync/options.js';
import {
  UNKNOWN_CODES,
  verdictOf,
  verdictOfPath,
} from '../../../../src/executor/schedule/verdict.js';
import type {
  Circumstances,
  ExitCodes,
  Outcome,
  Policy,
} from '../../../../src/executor/schedule/verdict.js';

const code = (number: number): Ending => ({ kind: 'exited', code: number });
const KILLED: Ending = { kind: 'killed', signal: 'SIGKILL' };
const FAILED: Ending = { kind: 'failed', errno: 30, words: 'read-only file system' };
const FIRST: Circumstances = {
  initial: false,
  ends: false,
  changing: false,
  contended: false,
  failures: 1,
};
const DEFAULT: Policy = { ignoreFailures: false, ignoredExitCodes: [], exitCodePolicy: [] };
const RETRIED = [{ code: 23, meaning: 'retry' }] as const;
const ONCE = { initial: true };
const CHANGING = { changing: true };

const LEFT: Ending = { kind: 'left', by: code(0) };

const of = (
  number: number,
  meaning: ExitCodeRule['meaning'],
): { exitCodePolicy: ExitCodeRule[] } => ({ exitCodePolicy: [{ code: number, meaning }] });

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
  ['a code that the user calls success', code(5), UNKNOWN_CODES, of(5, 'done'), {}, 'done'],
  ['one that rsync calls success', code(24), RSYNC_CODES, of(24, 'fatal'), CHANGING, 'fatal'],
  [
    'a code that is to be retried',
    code(23),
    RSYNC_CODES,
    { retries: 1, exitCodePolicy: RETRIED },
    { ...ONCE, failures: 1000 },
    'retry',
  ],
  [
    'the last meaning of a code',
    code(5),
    UNKNOWN_CODES,
    { exitCodePolicy: [{ code: 5, meaning: 'done' }, ...of(5, 'fatal').exitCodePolicy] },
    {},
    'fatal',
  ],
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
  ['a partial transfer in the initial sync', code(23), RSYNC_CODES, {}, ONCE, 'retry'],
  ['a partial transfer in the only sync', code(23), RSYNC_CODES, {}, { ends: true }, 'fatal'],
  ['a partial transfer, one try asked for', code(23), RSYNC_CODES, { retries: 1 }, {}, 'retry'],
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
  ['a destination that fails', FAILED, UNKNOWN_CODES, {}, { failures: 1000 }, 'retry'],
  ['one that fails in the initial sync', FAILED, UNKNOWN_CODES, {}, ONCE, 'fatal'],
  ['a signal in the initial sync', KILLED, UNKNOWN_CODES, {}, ONCE, 'fatal'],
  ['any code', code(1), RSYNC_CODES, {}, CHANGING, 'fatal'],
  ['any code, beside another call', code(1), RSYNC_CODES, {}, { contended: true }, 'disturbed'],
  ['a process that left with 0', LEFT, UNKNOWN_CODES, {}, {}, 'fatal'],
  [
    'a process that left with an ignored code',
    LEFT,
    UNKNOWN_CODES,
    { ignoredExitCodes: [0] },
    {},
    'fatal',
  ],
  ['a process that left by a signal', { kind: 'left', by: KILLED }, UNKNOWN_CODES, {}, {}, 'retry'],
  ['no room', code(11), RSYNC_CODES, {}, {}, 'fatal'],
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
      verdictOf({ ending, codes }, { ...DEFAULT, ...policy }, { ...FIRST, ...circumstances }),
      verdict,
    ));
}

test('what is known besides the exit code counts', () => {
  const judged = (more: Partial<Outcome>): string =>
    verdictOf(
      { ending: code(11), codes: RSYNC_CODES, ...more },
      { ...DEFAULT },
      { ...FIRST, changing: true },
    );
  assert.equal(judged({}), 'disturbed');
  assert.equal(judged({ grave: true }), 'fatal');
  assert.equal(judged({ grave: true, full: true }), 'retry');
  assert.equal(judged({ ending: code(0), again: true }), 'disturbed');
});

/** @param isRoot whether it is the root; @param times when it fails */
function ofPath(isRoot: boolean, times: { initial?: boolean; ends?: boolean } = {}) {
  return (failures: number, policy: Partial<Policy>): string =>
    verdictOfPath(
      failures,
      { ending: code(23), codes: RSYNC_CODES },
      { ...DEFAULT, ...policy },
      isRoot,
      { initial: false, ends: false, ...times },
    );
}

test('a path that fails by itself is tried for ever, whatever the user wants', () => {
  for (const times of [{}, { initial: true }]) {
    assert.equal(ofPath(false, times)(1000, {}), 'retry');
    assert.equal(ofPath(false, times)(3, { retries: 3 }), 'retry');
  }
});

test('the root is tried once in the initial sync, or as often as the user wants', () => {
  const first = ofPath(true, { initial: true });
  assert.equal(first(1, {}), 'fatal');
  assert.equal(first(1, { retries: 2 }), 'retry');
  assert.equal(first(1000, { retries: 0 }), 'retry');
  assert.equal(ofPath(true)(1000, {}), 'retry');
  assert.equal(ofPath(true)(3, { retries: 3 }), 'fatal');
});

test('in a run that ends by itself, paths are tried as often as the user wants', () => {
  const verdict = ofPath(false, { ends: true });
  assert.equal(verdict(2, { retries: 3 }), 'retry');
  assert.equal(verdict(3, { retries: 3 }), 'fatal');
  assert.equal(verdict(3, { retries: 3, ignoreFailures: true }), 'retry');
  assert.equal(verdict(3, { retries: 0 }), 'retry');
  assert.equal(verdict(3, { retries: 3, exitCodePolicy: RETRIED }), 'retry');
});
