import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf } from '../../harness/programs.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { PATIENCE } from '../../harness/until.js';

/**
 * Loaded before the program: uses up all descriptors, so that none is left when the program lists
 * its own.
 */
const OUT_OF_DESCRIPTORS = `
  const fs = require('node:fs');
  const { readdirSync } = fs;
  fs.readdirSync = (path, ...rest) => {
    if (path === '/proc/self/fd')
      throw Object.assign(new Error('EMFILE: too many open files, scandir'), { code: 'EMFILE' });
    return readdirSync(path, ...rest);
  };
  require('node:module').syncBuiltinESMExports();
`;

test('a start without a free descriptor is one line of error that says what to do', (scope) => {
  const first = `${temporaryDirectory(scope)}/first.cjs`;
  writeFileSync(first, OUT_OF_DESCRIPTORS);
  const [program = '', ...words] = commandOf('clsync');
  const { status, stdout, stderr } = spawnSync(
    program,
    ['--require', first, ...words, '--version'],
    {
      encoding: 'utf8',
      timeout: PATIENCE,
    },
  );
  assert.equal(
    stderr,
    'error: too few file descriptors (EMFILE): allow more with ulimit -n, or LimitNOFILE= ' +
      'of the unit\n',
  );
  assert.deepEqual({ status, stdout }, { status: 24, stdout: '' });
});
