import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../../src/shared/layout.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { DEADLINE } from '../../harness/until.js';

const TRIAL = fileURLToPath(new URL('unread-trial.js', import.meta.url));

test(
  'what cannot be read to its end is named, stays watched, and is read again',
  { timeout: DEADLINE },
  (scope) => {
    const base = temporaryDirectory(scope);
    const [library, flag] = [`${base}/failing-list.so`, `${base}/fails`];
    const code = join(FILES.root, 'test/harness/failing-list.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, code, '-ldl']);
    mkdirSync(`${base}/source/d/inner`, { recursive: true });
    const output = execFileSync(process.execPath, [TRIAL, `${base}/source`, flag], {
      env: { ...process.env, LD_PRELOAD: library, FAILING_LIST: flag },
      encoding: 'utf8',
    });
    const { records, meanwhile } = JSON.parse(output) as Record<'records' | 'meanwhile', string[]>;
    assert.match(records[0] ?? '', /^cannot read all of the watch directory \(i\/o error\): /);
    assert.ok(meanwhile.includes('d/inner/f'), meanwhile.join());
  },
);
