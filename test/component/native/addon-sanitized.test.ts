/**
 * The addon under the address and undefined-behaviour sanitizers refuses wrong arguments; see
 * addon-calls.ts.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { PATIENCE } from '../../harness/until.js';

const FLAGS = '-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE';
/** The sanitizer's runtime, preloaded because Node is built without it. */
const RUNTIME = execFileSync('cc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();

test(
  'functions refuse wrong arguments and closed handles',
  { skip: existsSync(RUNTIME) ? false : 'the compiler has no libasan.so' },
  () => {
    const directory = mkdtempSync('/tmp/clsync-addon-');
    const addon = directory + '/native.node';
    try {
      execFileSync(
        'make',
        ['-s', '-C', FILES.root + 'src/native', `OUT=${directory}`, `CFLAGS=${FLAGS}`, addon],
        { stdio: 'inherit' },
      );
      mkdirSync(directory + '/tree');
      const { status, signal, stderr } = spawnSync(
        process.execPath,
        [`${FILES.root}dist/test/component/native/addon-calls.js`, addon, directory + '/tree'],
        {
          encoding: 'utf8',
          env: { LD_PRELOAD: RUNTIME, ASAN_OPTIONS: 'detect_leaks=0' },
          stdio: ['pipe', 'ignore', 'pipe'],
          timeout: PATIENCE,
        },
      );
      assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
