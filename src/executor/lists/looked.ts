/**
 * Remembers the status of entries when they are taken in hand, so that lstat(2) is called once for
 * an entry's key and for the plan that follows at once. A later plan reads the status again.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { remembering } from './tree.js';
import type { Status, Tree } from './tree.js';

export class Looked {
  private readonly found = new WeakMap<Entry, { readonly status: Status | undefined }>();

  constructor(private readonly tree: Tree) {}

  /** Reads the status of the entry's path and remembers it. */
  look(entry: Entry): Status | undefined {
    const status = this.tree.lstat(entry.path);
    this.found.set(entry, { status });
    return status;
  }

  /** The tree with the remembered status of these entries, which is then forgotten. */
  treeFor(entries: readonly Entry[]): Tree {
    const known = new Map<BytePath, Status | undefined>();
    for (const entry of entries) {
      const found = this.found.get(entry);
      if (found !== undefined) known.set(entry.path, found.status);
      this.found.delete(entry);
    }
    return known.size === 0 ? this.tree : remembering(this.tree, known);
  }
}
