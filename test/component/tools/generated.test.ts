import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';

for (const page of ['clsync.1', 'clsync-web.1', 'clsync.conf.5'])
  test(
    `the manual page ${page} is valid roff`,
    { skip: existsSync('/usr/bin/groff') ? false : 'needs groff' },
    () => {
      const { status, stderr } = spawnSync(
        'groff',
        ['-man', '-Tutf8', '-ww', '-z', `${FILES.root}man/${page}`],
        { encoding: 'utf8' },
      );
      assert.deepEqual([status, stderr], [0, '']);
    },
  );
