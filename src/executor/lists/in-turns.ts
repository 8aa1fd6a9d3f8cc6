/**
 * Examines very many paths in turns, so that the event loop is not blocked: a million calls of
 * lstat(2) take seconds.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../../shared/entry.js';
import { locate } from './files-from.js';
import { remembering } from './tree.js';
import type { Tree } from './tree.js';

/** Paths examined in one turn: about 10 ms of work. */
const AT_ONCE = 1024;

/**
 * Makes a plan for these entries. When there are many, their status is read before, in turns, and
 * `plan` gets a tree that remembers it.
 */
export function planInTurns<T>(
  entries: readonly Entry[],
  tree: Tree,
  plan: (tree: Tree) => T,
): T | Promise<T> {
  return entries.length <= AT_ONCE ? plan(tree) : lookedAt(entries, tree).then(plan);
}

async function lookedAt(entries: readonly Entry[], tree: Tree): Promise<Tree> {
  const remembered = remembering(tree);
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (at > 0) await nextTurn();
    locate(entries.slice(at, at + AT_ONCE), remembered);
  }
  return remembered;
}
