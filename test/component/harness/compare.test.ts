/** The comparison that all convergence tests rely on finds each kind of difference. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { fromText } from '../../../src/shared/bytes.js';
import { BeyondNode } from '../../harness/beyond-node.js';
import { Cleanup } from '../../harness/cleanup.js';
import { compareTrees } from '../../harness/compare.js';
import { subdirectory, temporaryDirectory } from '../../harness/temporary.js';
import { needsRoot } from '../../harness/user.js';

const AS_ROOT = new Set(['owner', 'device number']);

/** Changes to a copy, and the text of the difference for each. */
const CHANGES: Readonly<
  Record<string, { readonly change: (copy: string) => void; readonly seen: RegExp }>
> = {
  'a missing file': { change: (d) => fs.rmSync(d + '/plain'), seen: /plain.*missing/ },
  'one too many': { change: (d) => fs.writeFileSync(d + '/extra', ''), seen: /extra.*only/ },
  content: { change: (d) => rewrite(d + '/plain', 'PLAIN'), seen: /plain.*content/ },
  size: { change: (d) => rewrite(d + '/plain', 'longer than it was'), seen: /plain.*size/ },
  mode: {
    change: (d) => fs.chmodSync(d + '/plain', 0o4755),
    seen: /plain.*mode 0644 became 04755/,
  },
  'file mtime': {
    change: (d) => execFileSync('touch', ['-d', '@1000000000.000000001', d + '/plain']),
    seen: /plain.*mtime/,
  },
  'directory mtime': { change: (d) => fs.utimesSync(d + '/dir', 1, 1), seen: /dir.*mtime/ },
  'symlink mtime': { change: (d) => fs.lutimesSync(d + '/symlink', 1, 1), seen: /symlink.*mtime/ },
  'symlink target': {
    change: (d) => (fs.rmSync(d + '/symlink'), fs.symlinkSync('elsewhere', d + '/symlink')),
    seen: /symlink.*target/,
  },
  type: {
    change: (d) => (fs.rmSync(d + '/plain'), fs.mkdirSync(d + '/plain')),
    seen: /plain.*file became directory/,
  },
  'a broken link group': {
    change: (d) => (
      fs.copyFileSync(d + '/linked', d + '/new'),
      fs.renameSync(d + '/new', d + '/linked')
    ),
    seen: /linked.*linked with/,
  },
  'a byte of a name': {
    change: (d) =>
      fs.renameSync(Buffer.from(d + '/\xff', 'latin1'), Buffer.from(d + '/\xfe', 'latin1')),
    seen: /\\xf[fe]/,
  },
  owner: {
    change: (d) => fs.chownSync(d + '/plain', 12345, 54321),
    seen: /plain.*uid 0 became 12345.*gid/,
  },
  'an attribute that is missing': {
    change: (d) => assert.ok(beyond.run(...['remove', `${d}/plain`, 'user.one'].map(fromText))),
    seen: /plain.*attributes user.one=01 became undefined/,
  },
  'another value of an attribute': {
    change: (d) => assert.ok(beyond.run(...['set', `${d}/dir`, 'user.one', 'ff'].map(fromText))),
    seen: /dir.*attributes user.one=01 became user.one=ff/,
  },
  'holes that have become zeros': {
    change: (d) => rewrite(d + '/holes', '\0'.repeat(HOLES)),
    seen: /holes.*blocks/,
  },
  'device number': {
    change: (d) => (
      fs.rmSync(d + '/device'),
      execFileSync('mknod', [d + '/device', 'c', '1', '5'])
    ),
    seen: /device.*device/,
  },
};

const HOLES = 1 << 20;
const cleanup = new Cleanup();
const beyond = new BeyondNode(BeyondNode.compile(cleanup));
after(() => cleanup.run());

for (const [name, { change, seen }] of Object.entries(CHANGES)) {
  test(`finds ${name}`, { skip: AS_ROOT.has(name) && needsRoot }, (scope) => {
    const base = temporaryDirectory(scope);
    const original = subdirectory(base, 'original');
    if (!fill(original)) return scope.skip('no extended attributes on this file system');
    const copy = join(base, 'copy');
    execFileSync('cp', ['-a', original, copy]);
    const options = { attributes: beyond };
    assert.deepEqual(compareTrees(original, copy, options), []);
    change(copy);
    const told = compareTrees(original, copy, options).map(
      ({ path, what }) =>
        `${path.replace(/[\x80-\xff]/g, (c) => '\\x' + c.charCodeAt(0).toString(16))}: ${what}`,
    );
    assert.ok(
      told.some((line) => seen.test(line)),
      `${told.join('\n')} should match ${String(seen)}`,
    );
  });
}

/** False when it cannot be filled. */
function fill(directory: string): boolean {
  fs.mkdirSync(directory + '/dir');
  fs.writeFileSync(directory + '/plain', 'plain', { mode: 0o644 });
  fs.writeFileSync(directory + '/linked', 'linked');
  fs.linkSync(directory + '/linked', directory + '/dir/linked too');
  fs.symlinkSync('target', directory + '/symlink');
  fs.writeFileSync(Buffer.from(directory + '/\xff', 'latin1'), 'odd');
  if (!needsRoot) execFileSync('mknod', [directory + '/device', 'c', '1', '3']);
  fs.writeFileSync(directory + '/holes', '');
  fs.truncateSync(directory + '/holes', HOLES);
  return ['plain', 'dir'].every((name) =>
    beyond.run(...['set', `${directory}/${name}`, 'user.one', '01'].map(fromText)),
  );
}

/** Changes the content of a file without a change of its size or times. */
function rewrite(path: string, content: string): void {
  const { atime, mtime } = fs.statSync(path);
  fs.writeFileSync(path, content);
  fs.utimesSync(path, atime, mtime);
}
