/** Directories of which syncs transfer other names, too. */
import type { BytePath } from '../../shared/bytes.js';
import type { Marks } from './marks.js';
import { Kind } from './records.js';

export class Surroundings {
  /** Number of these syncs, by directory. */
  private readonly syncs = new Map<BytePath, number>();

  /** A sync begins with these. Throws what writing a mark throws. */
  enter(directories: readonly BytePath[], marks: Marks): void {
    for (const path of directories) {
      this.syncs.set(path, (this.syncs.get(path) ?? 0) + 1);
      marks.write(Kind.around, { path, flag: 1 });
    }
  }

  /** The directory has been marked by another sync. Throws what writing a mark throws. */
  keep(path: BytePath, marks: Marks): void {
    if (this.syncs.has(path)) marks.write(Kind.around, { path, flag: 1 });
  }

  /** The sync has ended. Throws what writing a mark throws. */
  leave(directories: Iterable<BytePath>, marks: Marks): void {
    for (const path of directories) {
      const left = (this.syncs.get(path) ?? 1) - 1;
      if (left > 0) this.syncs.set(path, left);
      else {
        this.syncs.delete(path);
        marks.write(Kind.around, { path, flag: 0 });
      }
    }
  }
}
