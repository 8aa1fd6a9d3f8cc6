/** Which symbolic links are followed on the way to what the options name. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  lchownSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { followPath, openDirectory } from '../../../src/master/open-path.js';
import { fromText } from '../../../src/shared/bytes.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import type { Scope } from '../../harness/temporary.js';
import { needsRoot, ORDINARY_USER } from '../../harness/user.js';

const follow = (path: string, kind: 'directory' | 'any' = 'directory'): string =>
  followPath(fromText(path), kind);

function make(scope: Scope): string {
  const base = realpathSync(temporaryDirectory(scope));
  mkdirSync(join(base, 'a/b'), { recursive: true });
  mkdirSync(join(base, 'links'));
  writeFileSync(join(base, 'a/file'), '');
  return base;
}

test('links of our own are followed, wherever they lead', (scope) => {
  const base = make(scope);
  symlinkSync('../a', join(base, 'links/relative'));
  symlinkSync(join(base, 'links/relative/b'), join(base, 'links/absolute'));
  symlinkSync('relative/file', join(base, 'links/file'));
  symlinkSync('circle', join(base, 'links/circle'));
  assert.equal(follow(`${base}//links/./absolute/`), join(base, 'a/b'));
  assert.equal(follow(join(base, 'links/relative/b') + '/..'), join(base, 'a'));
  assert.equal(follow(join(base, 'links/file'), 'any'), join(base, 'a/file'));
  assert.equal(follow('/'), '/');
  assert.throws(() => follow(join(base, 'links/file')), { code: 'ENOTDIR' });
  assert.throws(() => follow(join(base, 'a/absent')), { code: 'ENOENT' });
  assert.throws(() => follow(join(base, 'links/circle')), { code: 'ELOOP' });
});

test('another root directory is not left', (scope) => {
  const base = make(scope);
  symlinkSync('/a/b', join(base, 'links/absolute'));
  const root = openDirectory(fromText(base));
  const inside = (path: string): string => followPath(fromText(path), 'any', { root });
  assert.equal(inside('/links/absolute'), '/a/b');
  assert.equal(inside('/../../a/../../a/file'), '/a/file');
  assert.throws(() => inside('/etc/passwd'), { code: 'ENOENT' });
  closeSync(root);
});

test('links that another user has made or could change are not', { skip: needsRoot }, (scope) => {
  const base = make(scope);
  const [links, link] = [join(base, 'links'), join(base, 'links/link')];
  symlinkSync('../a', link);
  const refusal = { code: 'ELOOP', message: /^link is a symbolic link that another user/ };
  for (const [mode, owner, follows] of [
    [0o755, 0, true],
    [0o777, 0, false],
    [0o1777, 0, true],
    [0o755, ORDINARY_USER.uid, false],
  ] as const) {
    chmodSync(links, mode);
    lchownSync(links, owner, 0);
    if (follows) assert.equal(follow(link), join(base, 'a'));
    else assert.throws(() => follow(link), refusal);
  }
  lchownSync(links, 0, 0);
  lchownSync(link, ORDINARY_USER.uid, 0);
  for (const kind of ['directory', 'any'] as const)
    assert.throws(() => follow(link, kind), refusal);
});
