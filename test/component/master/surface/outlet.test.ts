import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FILES } from '../../../../src/shared/layout.js';
import { needsRoot, ORDINARY_USER } from '../../../harness/user.js';

test(
  'text is written when the limit on processes leaves no room for a thread',
  { skip: needsRoot },
  () => {
    const master = `${FILES.root}/dist/src/master`;
    const script = `import { outletFlush, outletPut } from '${master}/native.js';
    import { posix } from '${master}/posix.js';
    posix().setrlimit('nproc', { soft: 1, hard: 1 });
    outletPut(2, 'one ');
    outletPut(2, 'two');
    process.exitCode = outletFlush(2, 1000) ? 0 : 1;`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      uid: ORDINARY_USER.uid,
      gid: ORDINARY_USER.gid,
      cwd: '/',
    });
    assert.deepEqual([status, stderr], [0, 'one two']);
  },
);
