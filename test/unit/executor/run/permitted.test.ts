/**
 * `--check-execvp-arguments`: commands made of the templates of the start pass, anything else does
 * not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { Permitted, anyOf, exactly, fromTemplate } from '../../../../src/executor/run/permitted.js';
import { words } from '../../../../src/executor/run/runner.js';

const OPTIONS = { label: fromText('a.b'), 'watch-dir': fromText('/src') };

function allows(pattern: string, command: readonly string[]): boolean {
  return new Permitted([pattern]).allows(words(...command));
}

test('fixed words are compared whole, and none may be added', () => {
  const pattern = exactly('/hook', 'a.b');
  assert.ok(allows(pattern, ['/hook', 'a.b']));
  for (const other of [
    ['/hook', 'axb'],
    ['/hook', 'a.b', 'c'],
    ['/hook'],
    ['/hook', 'a.b\n'],
    ['x/hook', 'a.b'],
  ])
    assert.ok(!allows(pattern, other), other.join(' '));
});

test('options are what they were at the start', () => {
  const pattern = fromTemplate(words('--x=%label%', '%watch-dir%/', '%unknown%'), OPTIONS);
  assert.ok(allows(pattern, ['--x=a.b', '/src/', '%unknown%']));
  assert.ok(!allows(pattern, ['--x=other', '/src/', '%unknown%']));
});

test('words may begin with a digit; a percent sign is written twice', () => {
  const pattern =
    exactly('/handler') +
    fromTemplate(words('755', '%PID%', '100%%', '%%label%%'), { ...OPTIONS, PID: fromText('42') });
  assert.ok(allows(pattern, ['/handler', '755', '42', '100%', '%label%']));
  assert.ok(!allows(pattern, ['/handler', '755', '43', '100%', '%label%']));
});

test('a list file is an absolute path, never an option', () => {
  const pattern = fromTemplate(words('--from', '%INCLUDE-LIST-PATH%', '%EVENT-MASK%'), OPTIONS);
  assert.ok(allows(pattern, ['--from', '/tmp/list\n1', '256']));
  assert.ok(!allows(pattern, ['--from', '--rsh=evil', '256']));
  assert.ok(!allows(pattern, ['--from', '/tmp/list', '-1']));
});

test('names fill any number of words, but none begins with a dash', () => {
  const pattern = exactly('cp') + fromTemplate(words('%INCLUDE-LIST%', '/dst/'), OPTIONS);
  assert.ok(allows(pattern, ['cp', '/dst/']));
  assert.ok(
    allows(pattern, ['cp', ...Array.from({ length: 100_000 }, (_, n) => `name ${n}`), '/dst/']),
  );
  assert.ok(!allows(pattern, ['cp', 'a', '--target-directory=/', '/dst/']));
});

test('of a choice of options only those', () => {
  const pattern = anyOf(['--delete', '--force']) + exactly('--');
  assert.ok(allows(pattern, ['--force', '--delete', '--']));
  assert.ok(!allows(pattern, ['--rsh=evil', '--']));
});
