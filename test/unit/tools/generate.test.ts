import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { MODES } from '../../../src/shared/modes.js';
import { OPTION_NAMES } from '../../../src/master/options/table.js';
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
