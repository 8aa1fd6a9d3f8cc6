/**
 * Examines very many paths in turns, so that the event loop is not blocked: a million calls of
 * lstat(2) take seconds.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../../shared/entry.js';
import { locate } from './files-from.js';
import type { Located } from './files-from.js';
import { remembering } from './tree.js';
import type { Tree } from './tree.js';

/** Paths examined in one turn: about 10 ms of work. */
export const AT_ONCE = 1024;

/** A destination that the plan looks at. */
export interface Copied {
  /** Undefined: it is on another host. */
  readonly tree: Tree | undefined;
  /** Whether the plan needs the status of this path there. */
  isNeeded(item: Located): boolean;
}

/**
 * Makes a plan for these entries. When there are many, their status is read before, in turns, and
 * `plan` gets trees that remember it.
 */
export function planInTurns<T>(
  entries: readonly Entry[],
  tree: Tree,
  plan: (tree: Tree, copy: Tree | undefined) => T,
  copied?: Copied,
): T | Promise<T> {
  return entries.length <= AT_ONCE
    ? plan(tree, copied?.tree)
    : lookedAt(entries, tree, copied).then(([source, copy]) => plan(source, copy));
}

async function lookedAt(
  entries: readonly Entry[],
  tree: Tree,
  copied: Copied | undefined,
): Promise<[Tree, Tree | undefined]> {
  const source = remembering(tree);
  const copy = copied?.tree === undefined ? undefined : remembering(copied.tree);
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (at > 0) await nextTurn();
    for (const item of locate(entries.slice(at, at + AT_ONCE), source))
      if (copied?.isNeeded(item) === true) copy?.lstat(item.path);
  }
  return [source, copy];
}
