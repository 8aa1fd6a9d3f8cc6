/**
 * Started by a user with the capabilities of the mirror profile who cannot make namespaces, as
 * under clsync-restricted@.service: owners are kept.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import { maskOf } from '../../src/master/sandbox/capabilities.js';
import { MIRROR_PROFILE } from '../../src/master/sandbox/roles.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { launch, specificationOf } from '../component/native/launcher-harness.js';
import { DEADLINE } from '../harness/until.js';

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root', timeout: DEADLINE };
const USER = 61400;

test('a user with ambient capabilities mirrors owners and set-id bits', asRoot, async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy']) mkdirSync(`${base}/${name}`);
  const file = base + '/source/file';
  writeFileSync(file, 'x');
  chownSync(file, 1234, 4321);
  chmodSync(file, 0o4600);
  const profile = maskOf(MIRROR_PROFILE);
  const words = [
    process.execPath,
    FILES.root + 'dist/roles/master/main.js',
    '-Mrsyncdirect',
    '-W',
    base + '/source',
    '-D',
    base + '/copy',
    '--only-initialsync',
  ];
  const daemon = launch(
    specificationOf([], {
      identity: { uid: USER, gid: USER, groups: [] },
      capabilities: {
        permitted: profile,
        effective: profile,
        inheritable: profile,
        ambient: profile,
      },
      bounding: profile,
      program: fromText(process.execPath),
      arguments: words.map(fromText),
      environment: [fromText('PATH=/usr/bin:/bin')],
      seccomp: compileFilter([
        {
          action: 'EPERM',
          calls: ['unshare', 'setns', 'mount', 'setuid', 'setresuid', 'setgroups'],
        },
      ]),
    }),
  );
  assert.equal((await daemon.ended).code, 0);
  const { uid, gid, mode } = statSync(base + '/copy/file');
  assert.deepEqual([uid, gid, mode & 0o7777], [1234, 4321, 0o4600]);
});
