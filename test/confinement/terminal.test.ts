/** Started in a terminal: what handlers print appears on it, and none of them has it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needsTerminal } from '../harness/offers.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const hasTerminal = { skip: needsTerminal(), timeout: DEADLINE };

test(
  'what a handler prints appears on the terminal, which it does not have',
  hasTerminal,
  (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) mkdirSync(`${base}/${name}`);
    writeFileSync(base + '/source/file', '');
    writeFileSync(
      base + '/handler',
      `#!/bin/sh\nexec 3>&1\nfor fd in 0 2 3; do [ -t $fd ] && echo $fd; done ` +
        `>${base}/copy/terminals\n` +
        'echo seen\necho told >&2\n',
    );
    chmodSync(base + '/handler', 0o755);
    const words = [
      process.execPath,
      FILES.root + 'dist/roles/master/main.js',
      '-Mdirect',
      '-S',
      base + '/handler',
      '-W',
      base + '/source',
      '-D',
      base + '/copy',
      '--only-initialsync',
    ];
    const shown = execFileSync('script', ['-qec', words.join(' '), '/dev/null'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.match(shown, /^seen\r$/m);
    assert.match(shown, /^handler: told\r$/m);
    assert.equal(readFileSync(base + '/copy/terminals', 'utf8'), '');
  },
);
