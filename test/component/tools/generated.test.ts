import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';

test(
  'the manual page is valid roff',
  { skip: existsSync('/usr/bin/groff') ? false : 'needs groff' },
  () => {
    const { status, stderr } = spawnSync(
      'groff',
      ['-man', '-Tutf8', '-ww', '-z', FILES.root + 'man/clsync.1'],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, stderr], [0, '']);
  },
);

test('bash accepts the completion', () => {
  const script = `source ${FILES.root}completion/clsync
    complete_of() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clsync; echo "\${COMPREPLY[@]}"; }
    complete_of clsync --watch-d
    complete_of clsync -M rsyncs
    complete_of clsync --threading = ''
    complete_of clsync ctl v`;
  const { stdout, stderr } = spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(
    [stdout, stderr],
    ['--watch-dir\nrsyncshell rsyncso\noff safe full\nverify version\n', ''],
  );
});
