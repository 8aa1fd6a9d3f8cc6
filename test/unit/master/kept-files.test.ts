/** The files that the master goes back to. */
import assert from 'node:assert/strict';
import { chownSync, existsSync, lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeptFiles } from '../../../src/master/kept-files.js';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { needsRoot, ORDINARY_USER } from '../../harness/user.js';

test('an option has one row; those that are replaced are told', (scope) => {
  const base = temporaryDirectory(scope);
  const files = new KeptFiles();
  const at = (name: string): BytePath => fromText(join(base, name));
  files.keep('--rules-file', at('rules'));
  files.keep('--rules-file', at('other'));
  files.keep('--pid-file', at('pid'));
  assert.deepEqual(
    files.table.map(({ path }) => path),
    [at('other'), at('pid')],
  );
  assert.deepEqual(files.replaced, [at('pid')]);
  files.set('--rules-file', undefined);
  assert.equal(files.row('--rules-file'), undefined);
  files.close();
  assert.deepEqual(files.table, []);
});

test('only what was taken is removed, in whatever place its directory is', (scope) => {
  const base = temporaryDirectory(scope);
  const [run, aside] = [join(base, 'run'), join(base, 'aside')];
  mkdirSync(run);
  const files = new KeptFiles();
  const file = files.keep('--pid-file', fromText(join(run, 'pid')));
  writeFileSync(join(run, 'pid'), '');
  file.remove();
  assert.equal(existsSync(join(run, 'pid')), true, 'not ours');
  file.take(lstatSync(join(run, 'pid'), { bigint: true }));
  renameSync(run, aside);
  mkdirSync(run);
  writeFileSync(join(run, 'pid'), '');
  file.remove();
  assert.equal(existsSync(join(run, 'pid')), true, 'that of the directory which is there now');
  assert.equal(existsSync(join(aside, 'pid')), false);
  files.close();
});

test('what is read is what is at the path now, and nothing that was moved away', (scope) => {
  const base = temporaryDirectory(scope);
  const [run, aside] = [join(base, 'run'), join(base, 'aside')];
  mkdirSync(run);
  writeFileSync(join(run, 'rules'), 'first');
  const file = new KeptFiles().keep('--rules-file', fromText(join(run, 'rules')));
  assert.equal(file.read().bytes.toString(), 'first');
  renameSync(run, aside);
  assert.throws(() => file.read(), { code: 'ENOENT' });
  mkdirSync(run);
  assert.throws(() => file.read(), { code: 'ENOENT' });
  writeFileSync(join(run, 'rules'), 'second');
  assert.equal(file.read().bytes.toString(), 'second');
  file.close();
});

test("a directory of another user's does not take the place", { skip: needsRoot }, (scope) => {
  const base = temporaryDirectory(scope);
  const run = join(base, 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'rules'), 'first');
  const file = new KeptFiles().keep('--rules-file', fromText(join(run, 'rules')));
  renameSync(run, join(base, 'aside'));
  mkdirSync(run);
  chownSync(run, ORDINARY_USER.uid, ORDINARY_USER.gid);
  writeFileSync(join(run, 'rules'), 'of others');
  assert.throws(() => file.read(), { code: 'EPERM', message: /another directory, of the user 5/ });
  file.close();
});
