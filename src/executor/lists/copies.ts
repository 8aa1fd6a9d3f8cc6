/**
 * Predicts rsync's quick check, which compares size and modification time: whether it would take a
 * file and its copy to be the same.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Status, Tree } from './tree.js';

/**
 * As rsync's `--modify-window`: the difference in seconds up to which times count as equal; -1:
 * times are compared to the nanosecond.
 */
export type Window = -1 | 0 | 1;

export interface Copies {
  /** Whether the quick check may skip this file. */
  mayLookEqual(path: BytePath, status: Status): boolean;
  /**
   * The destination stores whole seconds, so a time does not distinguish two contents written soon
   * after each other.
   */
  readonly coarse: boolean;
}

/** @param tree the destination; undefined: it is on another host */
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

/** Times in milliseconds since the epoch. */
function sameTime(one: number, other: number, window: Window): boolean {
  return window < 0
    ? one === other
    : Math.abs(Math.floor(one / 1000) - Math.floor(other / 1000)) <= window;
}
