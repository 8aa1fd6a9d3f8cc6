import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locate } from '../../../../src/executor/lists/files-from.js';
import { planInTurns } from '../../../../src/executor/lists/in-turns.js';
import type { Status, Tree } from '../../../../src/executor/lists/tree.js';
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

test('very many paths are looked at in turns, once each, and found as if at once', async () => {
  const count = 5000;
  const entries = Array.from({ length: count }, (_, index) => entry(`d/f${index}`, 2));
  entries.push(entry('link/passwd', 2), entry('link/shadow', 2));
  const looked: string[] = [];
  const perTurn: number[] = [];
  const observed = tree((path) => looked.push(path));
  let over = false;
  const turn = (): void => {
    perTurn.push(looked.length);
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const located = await planInTurns(entries, observed, (remembered) => locate(entries, remembered));
  over = true;
  const most = perTurn.reduce((max, now, at) => Math.max(max, now - (perTurn[at - 1] ?? 0)), 0);
  assert.ok(perTurn.length >= 4 && most < count / 2, perTurn.join(' '));
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
