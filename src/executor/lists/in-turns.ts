/** Very many paths are looked at in turns of the event loop: a million of lstat(2) take seconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { locate } from './files-from.js';
import type { Status, Tree } from './tree.js';

/** Paths looked at in one turn: about 10 ms of an interpreter's work. */
const AT_ONCE = 1024;

/** Makes a plan for these entries, once what `locate` needs of the tree for them is known. */
export function planInTurns<T>(
  entries: readonly Entry[],
  tree: Tree,
  plan: (tree: Tree) => T,
): T | Promise<T> {
  return entries.length <= AT_ONCE ? plan(tree) : lookedAt(entries, tree).then(plan);
}

async function lookedAt(entries: readonly Entry[], tree: Tree): Promise<Tree> {
  const known = new Map<BytePath, Status | undefined>();
  const remembered: Tree = {
    lstat(path) {
      if (!known.has(path)) known.set(path, tree.lstat(path));
      return known.get(path);
    },
    subdirectories: (path) => tree.subdirectories(path),
  };
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (at > 0) await nextTurn();
    locate(entries.slice(at, at + AT_ONCE), remembered);
  }
  return remembered;
}
