/** The table of errors: each says what, where, and what to do, on one line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClsyncError, ERRORS } from '../../../src/shared/errors.js';
import type { ErrorCode } from '../../../src/shared/errors.js';

/** Their callers fill in whole sentences, which say it themselves. */
const SAID_BY_CALLERS = [
  'USAGE',
  'CONTROL',
  'NOT_VERIFIED',
  'PEER_FATAL',
  'PATHS_FAILED',
  'UNCHANGED',
];
const CODES = Object.keys(ERRORS) as ErrorCode[];

test('every error says what to do', () => {
  const silent = CODES.filter((code) => (ERRORS[code].remedy ?? '').trim() === '');
  assert.deepEqual(silent.toSorted(), SAID_BY_CALLERS.toSorted());
});

test('every error is one line of one form', () => {
  const details = ['first', 'second', 'third'];
  for (const code of CODES) {
    const { message, what, exit } = new ClsyncError(code, ...details);
    assert.match(message, /^[^\n]{4,300}$/, code);
    assert.doesNotMatch(message, /%\d|[.!]$|^\s|\s$|[:;]$|: :|;;/, code);
    assert.ok(message.startsWith(what), code);
    assert.ok(exit > 0 && exit < 256, `${code}: ${exit}`);
    if (ERRORS[code].remedy !== undefined) assert.ok(message.length > what.length + 3, code);
  }
});

test('a reason is set off from the remedy by more than a colon', () => {
  const { message } = new ClsyncError('CONFIG_UNREADABLE', '/a', 'EACCES: denied');
  assert.match(message, /^cannot read the configuration file \/a: EACCES: denied; name another/);
  assert.equal(
    new ClsyncError('PATH_ABSENT', '--watch-dir', '/a').message,
    '--watch-dir: /a does not exist: make it, or name another',
  );
});
