import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf } from '../../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../../harness/temporary.js';
import { PATIENCE } from '../../harness/until.js';
import { needsRoot } from '../../harness/user.js';

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

/** As where npm has left out the script that builds the native parts. */
const NOT_BUILT = `
  const Module = require('node:module');
  const { _resolveFilename } = Module;
  Module._resolveFilename = (name, ...rest) => {
    if (name.endsWith('/native.node'))
      throw Object.assign(new Error('no such file'), { code: 'MODULE_NOT_FOUND' });
    return _resolveFilename(name, ...rest);
  };
`;

test('native parts that are not built are one line of error that says what to run', (scope) => {
  const first = `${temporaryDirectory(scope)}/first.cjs`;
  writeFileSync(first, NOT_BUILT);
  const [program = '', ...words] = commandOf('clsync');
  const { status, stderr } = spawnSync(program, ['--require', first, ...words, '--version'], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  assert.match(
    stderr,
    /^error: the native parts of clsync cannot be loaded: .*; run "make -C .*"\n$/,
  );
  assert.equal(status, 71);
});

/** As Node does where its libuv is the system's: it cannot tell whether a ring is in use. */
const NO_IDS = `
  for (const name of ['setgroups', 'setgid', 'setuid'])
    process[name] = () => {
      throw new Error(name + '() disabled: io_uring may be enabled');
    };
`;

test('ids are given up where Node itself refuses that', { skip: needsRoot }, (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy']) subdirectory(base, name);
  writeFileSync(`${base}/source/file`, '');
  writeFileSync(`${base}/first.cjs`, NO_IDS);
  const [program = '', ...words] = commandOf('clsync');
  const mirror = ['-H/NULL/', '-Mmirror', '--only-initialsync', '-Wsource', '-Dcopy'];
  const { status, stderr } = spawnSync(
    program,
    ['--require', `${base}/first.cjs`, ...words, ...mirror],
    { cwd: base, encoding: 'utf8', timeout: PATIENCE },
  );
  assert.equal(status, 0, stderr);
  assert.ok(existsSync(`${base}/copy/file`));
});
