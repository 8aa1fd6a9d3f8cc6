/** Which paths have to do with a set of paths: those in it, above one of it, or beneath one of it. */
import { ROOT, parent } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';

export class Overlap {
  private readonly exact: ReadonlySet<BytePath>;
  /** Every directory above one of the paths, the root included. */
  readonly above: ReadonlySet<BytePath>;

  constructor(paths: Iterable<BytePath>) {
    this.exact = new Set(paths);
    const above = new Set<BytePath>();
    for (const path of this.exact) for (const directory of directoriesAbove(path)) above.add(directory);
    this.above = above;
  }

  touches(path: BytePath): boolean {
    if (this.exact.has(path) || this.above.has(path)) return true;
    for (const directory of directoriesAbove(path)) if (this.exact.has(directory)) return true;
    return false;
  }
}

function* directoriesAbove(path: BytePath): Iterable<BytePath> {
  for (let directory = path; directory !== ROOT; ) {
    directory = parent(directory);
    yield directory;
  }
}
