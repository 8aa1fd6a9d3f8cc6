/** A daemon in a terminal: handlers can write to the terminal, and cannot read the user's input. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needsTerminal } from '../harness/offers.js';
import { temporaryDirectory } from '../harness/temporary.js';

const hasTerminal = { skip: needsTerminal(), timeout: 30_000 };
/** O_ACCMODE and O_WRONLY. */
const [ACCESS, WRITE_ONLY] = [3, 1];

test('the terminal is open for writing only', hasTerminal, (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy']) mkdirSync(`${base}/${name}`);
  writeFileSync(base + '/source/file', '');
  writeFileSync(
    base + '/handler',
    `#!/bin/sh\nexec 3>&1\nfor fd in 2 3; do [ -t $fd ] && sed -n 's/^flags://p' ` +
      `/proc/$$/fdinfo/$fd; done >${base}/copy/flags\necho seen\n`,
  );
  chmodSync(base + '/handler', 0o755);
  const words = [
    process.execPath,
    FILES.root + 'dist/src/master/main.js',
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
  assert.match(shown, /seen/);
  const flags = readFileSync(base + '/copy/flags', 'utf8')
    .trim()
    .split('\n')
    .map((line) => parseInt(line, 8) & ACCESS);
  // The executor reads their standard error.
  assert.deepEqual(flags, [WRITE_ONLY]);
});
