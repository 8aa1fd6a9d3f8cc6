/** A path is checked when something else may stand there, and at no other time. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Changes } from '../../../../src/master/ground/changes.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { mountAt } from '../../../harness/mounts.js';
import { needsMounts } from '../../../harness/offers.js';
import { temporaryDirectory } from '../../../harness/temporary.js';
import { until } from '../../../harness/until.js';

/** How often a mount of another program may be in the way. */
const ROUNDS = 50;

/** Counts the checks of each path. */
function looks(t: TestContext, ...paths: readonly string[]): { count: number }[] {
  return paths.map((path) => {
    const looked = { count: 0 };
    const changes = new Changes([fromText(path)]);
    changes.listen(() => looked.count++);
    t.after(() => changes.close());
    return looked;
  });
}

/** Resolves when the path has been checked after `change`. */
async function after(looked: { count: number }, change: () => void): Promise<void> {
  const before = looked.count;
  change();
  await until('a look', () => looked.count > before, { every: 10 });
}

test('names made and removed on the way are reported, and no others', async (t) => {
  const base = temporaryDirectory(t);
  mkdirSync(`${base}/a/b`, { recursive: true });
  const [path, other] = looks(t, `${base}/a/b`, `${base}/a/other`) as [
    { count: number },
    { count: number },
  ];
  // A mount of whatever other program lets every path be checked.
  let checks = -1;
  for (let round = 0; round < ROUNDS && path.count !== checks; round++) {
    checks = path.count;
    await after(other, () => writeFileSync(`${base}/a/other`, ''));
    rmSync(`${base}/a/other`);
  }
  assert.equal(path.count, checks);
  await after(path, () => renameSync(`${base}/a/b`, `${base}/a/c`));
  await after(path, () => renameSync(`${base}/a`, `${base}/x`));
  await after(path, () => mkdirSync(`${base}/a`));
  await after(path, () => mkdirSync(`${base}/a/b`));
  await after(path, () => rmSync(`${base}/a`, { recursive: true }));
});

test('the target of a link is watched as well as the link', async (t) => {
  const base = temporaryDirectory(t);
  mkdirSync(`${base}/target/run`, { recursive: true });
  symlinkSync('target', `${base}/link`);
  const [path] = looks(t, `${base}/link/run`) as [{ count: number }];
  await after(path, () => renameSync(`${base}/target`, `${base}/elsewhere`));
  await after(path, () => renameSync(`${base}/link`, `${base}/old`));
});

test('a file is watched for what is written to it, in place or by another', async (t) => {
  const base = temporaryDirectory(t);
  writeFileSync(`${base}/file`, 'old');
  linkSync(`${base}/file`, `${base}/same`);
  symlinkSync('file', `${base}/link`);
  const looked = { count: 0 };
  const changes = new Changes([], [fromText(`${base}/link`)]);
  changes.listen(() => looked.count++);
  t.after(() => changes.close());
  await after(looked, () => appendFileSync(`${base}/same`, 'new'));
  for (let round = 0; round < 2; round++) {
    writeFileSync(`${base}/other`, 'another');
    await after(looked, () => renameSync(`${base}/other`, `${base}/file`));
    await after(looked, () => appendFileSync(`${base}/file`, 'more'));
  }
});

test('a mount anywhere is reported', { skip: needsMounts() }, async (t) => {
  const base = temporaryDirectory(t);
  const [path] = looks(t, `${base}/a`) as [{ count: number }];
  await after(path, () => void mountAt(t, ['-t', 'tmpfs', 'clsync-test'], `${base}/point`));
});
