/** The example of a configuration that is shipped is one that works. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';

for (const block of ['home', 'uploads'])
  test(`the block ${block} of the example has nothing to complain of`, (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'destination']) subdirectory(base, name);
    const [program = '', ...words] = commandOf('clsync');
    const { status, stderr } = spawnSync(
      program,
      [
        ...words,
        `--config-file=${FILES.root}systemd/clsync.conf.example`,
        `--config-block=${block}`,
        '--trust-files',
        '--check-config',
        '-Wsource',
        ...(block === 'home' ? ['-Ddestination'] : []),
      ],
      { cwd: base, env: { ...process.env, HOME: base }, encoding: 'utf8' },
    );
    assert.deepEqual([status, stderr], [0, '']);
  });
