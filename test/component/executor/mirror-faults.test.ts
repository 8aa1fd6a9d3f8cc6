/** The C part of mode mirror where the destination refuses; see mirror-faults.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { PATIENCE } from '../../harness/until.js';

const NAMESPACE = ['--mount', '--propagation', 'private'];
const MOUNT = 'mount -t tmpfs -o size=2m none "$1/destination" && exec "$2" "$3" "$1"';

test(
  'a mount below the destination, a full and a read-only destination',
  {
    skip:
      spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
        ? false
        : 'only root can mount, and not in every container',
  },
  (context) => {
    const root = temporaryDirectory(context);
    mkdirSync(root + '/destination');
    const program = `${FILES.root}dist/test/component/executor/mirror-faults.js`;
    const { status, stderr } = spawnSync(
      'unshare',
      [...NAMESPACE, 'sh', '-c', MOUNT, 'sh', root, process.execPath, program],
      { encoding: 'utf8', timeout: PATIENCE },
    );
    assert.equal(stderr, '');
    assert.equal(status, 0);
  },
);
