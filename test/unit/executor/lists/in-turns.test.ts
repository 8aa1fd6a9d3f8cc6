import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate } from '../../../../src/executor/lists/files-from.js';
import { planInTurns } from '../../../../src/executor/lists/in-turns.js';
import { markTied, mayBeTied } from '../../../../src/executor/lists/tied.js';
import type { Status, Tree } from '../../../../src/executor/lists/tree.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { entry } from '../../../harness/entries.js';

const FILE = { links: 1, size: 10, allocated: 10, inode: '', modified: 1, changed: 1 } as const;

/** `link` is a symbolic link, `d` a directory, all else files. */
function tree(looked: (path: string) => void): Tree {
  const kinds: Readonly<Record<string, Status['kind']>> = { '': 'directory', d: 'directory' };
  return {
    lstat(path) {
      looked(path);
      return { ...FILE, kind: path === 'link' ? 'other' : (kinds[path] ?? 'file') };
    },
    subdirectories: () => [],
  };
}

test('few paths are looked at now', () => {
  const plan = planInTurns(
    [entry('d/f', 2)],
    tree(() => undefined),
    () => 'plan',
  );
  assert.equal(plan, 'plan');
});

const COUNT = 5000;

/** The largest number of paths that were added to `looked` in one turn while `work` went on. */
async function mostInATurn(looked: readonly string[], work: () => unknown): Promise<number> {
  const perTurn = [looked.length];
  let over = false;
  const turn = (): void => {
    perTurn.push(looked.length);
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  return perTurn.reduce((max, now, at) => Math.max(max, now - (perTurn[at - 1] ?? 0)), 0);
}

test('very many paths are looked at in turns, once each, and found as if at once', async () => {
  const entries = Array.from({ length: COUNT }, (_, index) => entry(`d/f${index}`, 2));
  entries.push(entry('link/passwd', 2), entry('link/shadow', 2));
  const looked: string[] = [];
  const observed = tree((path) => looked.push(path));
  let located: unknown;
  const most = await mostInATurn(
    looked,
    async () =>
      (located = await planInTurns(entries, observed, (remembered) => locate(entries, remembered))),
  );
  assert.ok(most < COUNT / 2, `${most} in a turn`);
  assert.equal(new Set(looked).size, looked.length);
  assert.ok(
    !looked.some((path) => path.startsWith('link/')),
    'nothing is looked for beneath a link',
  );
  assert.deepEqual(
    located,
    locate(
      entries,
      tree(() => undefined),
    ),
  );
});

test('what a plan needs of the destination is looked at in the same turns', async () => {
  const entries = Array.from({ length: COUNT }, (_, index) => entry(`f${index}`, IN.CREATE));
  const several = { ...tree(() => undefined), lstat: () => ({ ...FILE, kind: 'file', links: 2 }) };
  const looked: string[] = [];
  const most = await mostInATurn(looked, () =>
    planInTurns(
      entries,
      several as Tree,
      (source, copy) => markTied({ quick: locate(entries, source), read: [] }, copy),
      {
        tree: tree((path) => looked.push(path)),
        isNeeded: (item) => mayBeTied(item, true),
      },
    ),
  );
  assert.ok(most < COUNT / 2, `${most} in a turn`);
  assert.deepEqual([looked.length, new Set(looked).size], [COUNT, COUNT]);
});
