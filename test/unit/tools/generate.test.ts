import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { MODES } from '../../../src/shared/modes.js';
import { OPTION_NAMES } from '../../../src/master/settings/options.js';
import { generatedFiles } from '../../../src/tools/generate.js';

for (const [path, content] of generatedFiles()) {
  test(`${path} is what its table says`, () => {
    assert.equal(
      readFileSync(FILES.root + path, 'utf8'),
      content,
      'stale: run node dist/src/tools/generate.js',
    );
  });
}

test('every option has its place in the manual page', () => {
  const page = generatedFiles().get('man/clsync.1') ?? '';
  for (const name of OPTION_NAMES)
    assert.ok(page.includes(`\\fB\\-\\-${name.replaceAll('-', '\\-')}\\fR`), name);
});

test('every mode has a section in the manual page', () => {
  const page = generatedFiles().get('man/clsync.1') ?? '';
  for (const mode of MODES) assert.ok(page.includes(`\n.SS ${mode}\n`), mode);
});

test(
  'the manual page is clean roff',
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

test('bash understands the completion', () => {
  const script = `source ${FILES.root}completion/clsync; complete_of() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clsync; echo "\${COMPREPLY[@]}"; }
complete_of clsync --watch; complete_of clsync -M rsyncs; complete_of clsync --threading = ''; complete_of clsync ctl V`;
  const { stdout, stderr } = spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(
    [stdout, stderr],
    ['--watch-dir\nrsyncshell rsyncso\noff safe full\nVERSION\n', ''],
  );
});
