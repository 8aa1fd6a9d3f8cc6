/**
 * `--chroot`: the directory is the handler's root, and nothing in it leads out, neither for the
 * handler nor while the view is made.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { atEnd } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const asRoot = { skip: needsMounts(), timeout: DEADLINE };

interface Place {
  readonly base: string;
  readonly jail: string;
  readonly outside: string;
}

function prepare(scope: TestContext): Place {
  const base = mkdtempSync('/var/tmp/clsync-chroot-');
  atEnd(scope, () => rmSync(base, { recursive: true }));
  const [jail, outside] = [base + '/jail', base + '/outside'];
  for (const path of [jail, outside, base + '/source', base + '/copy']) mkdirSync(path);
  chmodSync(base, 0o755);
  mountAt(scope, ['-o', 'bind,ro', '/usr'], jail + '/usr');
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync('usr/' + name, jail + '/' + name);
  writeFileSync(outside + '/secret', 'secret', { mode: 0o644 });
  writeFileSync(base + '/source/file', 'x');
  return { base, jail, outside };
}

function daemon(
  { base, jail }: Place,
  words: readonly string[],
  uid = 0,
): { code: number | null; said: string } {
  const command = [
    FILES.root + 'dist/roles/master/main.js',
    '-W',
    base + '/source',
    '-D',
    base + '/copy',
    '--chroot',
    jail,
    '--only-initialsync',
    '-t0',
    '-w0',
    ...words,
  ];
  const { status, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    uid,
    gid: uid,
    cwd: '/',
  });
  return { code: status, said: stderr };
}

for (const way of ['off', 'direct', 'auto', 'auto-ro']) {
  test(`--pivot-root=${way}: rsync mirrors in it, and sees nothing else`, asRoot, (scope) => {
    const place = prepare(scope);
    assert.deepEqual(daemon(place, ['-Mrsyncdirect', '--pivot-root', way]).code, 0);
    assert.equal(readFileSync(place.base + '/copy/file', 'utf8'), 'x');
    const handler = place.base + '/handler';
    const look =
      `for path in ${place.outside}/secret /etc/passwd /proc/1/root${place.outside}/secret; ` +
      'do cat $path && echo $path; done';
    writeFileSync(handler, `#!/bin/sh\n{ ${look}; pwd; } >${place.base}/copy/seen 2>/dev/null\n`, {
      mode: 0o755,
    });
    assert.equal(daemon(place, ['-Mdirect', '-S', handler, '--pivot-root', way]).code, 0);
    assert.doesNotMatch(readFileSync(place.base + '/copy/seen', 'utf8'), /secret|passwd/);
  });
}

test(
  'a symbolic link on the way to a mount point is followed in the directory only',
  asRoot,
  (scope) => {
    const place = prepare(scope);
    mkdirSync(place.jail + dirname(place.base), { recursive: true });
    symlinkSync(place.outside, place.jail + place.base);
    const { code, said } = daemon(place, ['-Mrsyncdirect']);
    assert.deepEqual(readdirSync(place.outside), ['secret']);
    assert.notEqual(code, 0);
    assert.match(said, /cannot confine the executor: mounts: /);
  },
);

test('an ordinary user is told that it needs root', asRoot, (scope) => {
  const place = prepare(scope);
  const { code, said } = daemon(place, ['-Mrsyncdirect'], 61300);
  assert.equal(code, 1);
  assert.match(said, /--chroot needs the right to mount: start clsync as root/);
  assert.ok(!existsSync(place.base + '/copy/file'));
});

test('--pivot-root without it is an error', asRoot, (scope) => {
  const { code, said } = daemon({ ...prepare(scope), jail: '' }, [
    '-Mrsyncdirect',
    '--pivot-root=auto',
  ]);
  assert.equal(code, 22);
  assert.match(said, /--pivot-root.*needs --chroot/);
});
