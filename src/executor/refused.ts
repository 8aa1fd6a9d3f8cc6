/** The paths the rules refuse, topmost only: what must be excluded wherever a directory above is taken recursively. */
import { ROOT, isWithin, parent } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag } from '../shared/entry.js';
import type { Entry } from '../shared/entry.js';

export class RefusedPaths {
  private readonly paths = new Set<BytePath>();

  /** Learns what an entry says about refusal; returns whether the entry is also a change to be synced. */
  learn(entry: Entry): boolean {
    if (entry.flags & EntryFlag.refused) {
      this.paths.add(entry.path);
      return false;
    }
    this.paths.delete(entry.path);
    return (entry.flags & EntryFlag.admitted) === 0 || entry.mask !== 0 || (entry.flags & EntryFlag.recursive) !== 0;
  }

  get all(): ReadonlySet<BytePath> {
    return this.paths;
  }

  /** Whether a path is refused, by itself or with what it lies in. */
  covers(path: BytePath): boolean {
    for (let at = path; at !== ROOT; at = parent(at)) if (this.paths.has(at)) return true;
    return false;
  }

  beneath(directory: BytePath): BytePath[] {
    return [...this.paths].filter((path) => isWithin(path, directory));
  }
}
