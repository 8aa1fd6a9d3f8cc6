import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RsyncDeletions } from '../../../../../src/executor/modes/rsync/deletions.js';
import { RsyncOutput } from '../../../../../src/executor/modes/rsync/output.js';

function after(...lines: readonly string[]): RsyncOutput {
  const output = new RsyncOutput(() => undefined);
  // Cut anywhere, as a pipe does.
  const text = lines.map((line) => line + '\n').join('');
  for (let at = 0; at < text.length; at += 13) output.stderr(Buffer.from(text.slice(at, at + 13)));
  return output;
}

test('what a changing tree explains is not grave, what will not pass by itself is', () => {
  const summary =
    'rsync error: some files/attrs were not transferred (see previous errors) (code 23) at ' +
    'main.c(1394) [sender=3.5.0]';
  const passing = [
    'rsync: [sender] send_files failed to open "/s/a (13)": Not a directory (20)',
    'rsync: [sender] read errors mapping "/s/cut": No data available (61)',
    'ERROR: a failed verification -- update discarded.',
    summary,
  ];
  assert.equal(after(...passing).refusals.grave, false);
  assert.equal(
    after(...passing, 'rsync: [receiver] write failed on "/d/a": No space left on device (28)')
      .refusals.grave,
    true,
  );
  const refused = after(
    ...passing,
    'rsync: [receiver] mkstemp "/d/.a.x" failed: Permission denied (13)',
  );
  assert.deepEqual([refused.refusals.grave, refused.refusals.denied], [true, true]);
});

test('names that vanished are no complaints', () => {
  assert.deepEqual(
    after('file has vanished: "/s/a"', 'rsync: [sender] x: Input/output error (5)').complaints(),
    ['rsync: [sender] x: Input/output error (5)'],
  );
});

test('of what another host would delete, names beneath the destination are taken, as bytes', () => {
  const deletions = new RsyncDeletions();
  const lines = [
    'deleting a\\#012b/',
    'deleting \\#377\\#134#012',
    'deleting /etc/x',
    'deleting ../../etc/x',
    'deleting a/./b',
    'deleting ',
    'cannot delete non-empty directory: x',
    '\r  12 100%\rdeleting last',
  ];
  const text = Buffer.from(lines.map((line) => line + '\n').join(''), 'latin1');
  for (let at = 0; at < text.length; at += 7) deletions.stdout(text.subarray(at, at + 7));
  assert.deepEqual(
    deletions.extras().map(({ path, isDirectory }) => [path, isDirectory]),
    [
      ['a\nb', true],
      ['\xff\\#012', false],
      ['last', false],
    ],
  );
});
