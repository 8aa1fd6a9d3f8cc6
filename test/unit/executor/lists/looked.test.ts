import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { Looked } from '../../../../src/executor/lists/looked.js';
import type { Status, Tree } from '../../../../src/executor/lists/tree.js';
import { Gathering } from '../../../../src/executor/schedule/gathering.js';
import { entry } from '../../../harness/entries.js';

test('what is in hand is looked at once for key and plan, and anew for the next plan', () => {
  const asked: string[] = [];
  const tree: Tree = {
    lstat: (path: BytePath): Status | undefined => void asked.push(path),
    subdirectories: () => [],
  };
  const looked = new Looked(tree);
  const [a, b, waiting] = [entry('a', 2), entry('b', 2), entry('waiting', 2)];
  const keyOf = (one: typeof a, isToBePlanned = false): string | undefined => {
    if (isToBePlanned) looked.look(one);
    else tree.lstat(one.path);
    return 'key';
  };
  const backlog = {
    size: 1,
    takeAlso: (isWanted: (one: typeof a) => boolean) => [waiting].filter(isWanted),
    held: new Map(),
    entriesOf: () => [waiting],
    settling: undefined,
  };
  let taken: readonly (typeof a)[] = [];
  new Gathering({ keyOf }, backlog, () => false, {
    begin: (all) => (taken = all),
    over: () => undefined,
  }).gather([a, b]);
  assert.deepEqual(taken, [a, b, waiting]);
  asked.length = 0;
  const plan = looked.treeFor([a, b, waiting]);
  for (const { path } of [a, b, waiting]) plan.lstat(path);
  assert.deepEqual(asked, ['waiting']);
  looked.treeFor([a, b]).lstat(a.path);
  assert.deepEqual(asked, ['waiting', 'a']);
});
