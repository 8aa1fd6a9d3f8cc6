/**
 * Finds paths that overlap with a set of paths: those in the set, and those above or beneath one of
 * it.
 */
import { directoriesAbove, isBeneath } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

export class Overlap {
  readonly exact: ReadonlySet<BytePath>;
  /** Every directory above one of the paths, the root included. */
  readonly above: ReadonlySet<BytePath>;

  constructor(paths: Iterable<BytePath>) {
    this.exact = new Set(paths);
    const above = new Set<BytePath>();
    for (const path of this.exact)
      for (const directory of directoriesAbove(path)) above.add(directory);
    this.above = above;
  }

  touches(path: BytePath): boolean {
    return this.exact.has(path) || this.above.has(path) || isBeneath(path, this.exact);
  }
}
