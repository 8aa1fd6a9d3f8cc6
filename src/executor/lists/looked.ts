/**
 * What entries were found to be when they were taken in hand: each is looked at once, for its key
 * and for the plan that follows at once. What is looked at for a later plan is looked at again.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Status, Tree } from './tree.js';

export class Looked {
  private readonly found = new WeakMap<Entry, { readonly status: Status | undefined }>();

  constructor(private readonly tree: Tree) {}

  look(entry: Entry): Status | undefined {
    const status = this.tree.lstat(entry.path);
    this.found.set(entry, { status });
    return status;
  }

  /** The tree with these entries as they were found; told once. */
  treeFor(entries: readonly Entry[]): Tree {
    const known = new Map<BytePath, Status | undefined>();
    for (const entry of entries) {
      const found = this.found.get(entry);
      if (found !== undefined) known.set(entry.path, found.status);
      this.found.delete(entry);
    }
    if (known.size === 0) return this.tree;
    return {
      lstat: (path) => (known.has(path) ? known.get(path) : this.tree.lstat(path)),
      subdirectories: (path) => this.tree.subdirectories(path),
    };
  }
}
