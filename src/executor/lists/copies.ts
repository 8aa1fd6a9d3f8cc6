/**
 * The destination, as far as it can be seen from here: whether rsync's quick check, which asks for
 * size and time, would take a file for its copy.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Status, Tree } from './tree.js';

/**
 * As rsync's `--modify-window`: seconds by which times may differ and be the same; -1: not even by
 * a nanosecond.
 */
export type Window = -1 | 0 | 1;

export interface Copies {
  /** Whether the quick check may pass this file over. */
  mayLookEqual(path: BytePath, status: Status): boolean;
  /** A time at the destination does not tell one content from another that followed it soon. */
  readonly coarse: boolean;
}

/** @param tree the destination; undefined where it is on another host */
export function copiesIn(tree: Tree | undefined, window: Window): Copies {
  return {
    coarse: window >= 0,
    mayLookEqual(path, status) {
      if (tree === undefined) return true;
      const copy = tree.lstat(path);
      return (
        copy?.kind === 'file' &&
        copy.size === status.size &&
        sameTime(copy.modified, status.modified, window)
      );
    },
  };
}

/** Milliseconds since the epoch. */
function sameTime(one: number, other: number, window: Window): boolean {
  return window < 0
    ? one === other
    : Math.abs(Math.floor(one / 1000) - Math.floor(other / 1000)) <= window;
}
