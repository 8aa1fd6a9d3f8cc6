/**
 * The paths the rules refuse, topmost only: what must be excluded wherever a directory above is
 * taken recursively.
 */
import { ROOT, isWithin, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';

export class RefusedPaths {
  private readonly paths: Set<BytePath>;

  /** @param fixed refused whatever is said of them */
  constructor(private readonly fixed: readonly BytePath[] = []) {
    this.paths = new Set(fixed);
  }

  /** Directories that are not refused, but what is in them. */
  readonly contents = new Set<BytePath>();

  /**
   * Learns what an entry says about refusal; returns whether the entry is also a change to be
   * synced.
   */
  learn(entry: Entry): boolean {
    if (entry.flags & EntryFlag.refused) {
      this.paths.add(entry.path);
      return false;
    }
    if (this.fixed.includes(entry.path)) return false;
    this.paths.delete(entry.path);
    const whole = (entry.flags & EntryFlag.recursive) !== 0;
    if (entry.flags & EntryFlag.contentRefused) this.contents.add(entry.path);
    else if (whole || entry.flags & EntryFlag.admitted || entry.after === ObjectType.absent)
      this.contents.delete(entry.path);
    return (
      (entry.flags & (EntryFlag.admitted | EntryFlag.contentRefused)) === 0 ||
      entry.mask !== 0 ||
      whole
    );
  }

  get all(): ReadonlySet<BytePath> {
    return this.paths;
  }

  /** Whether a path is refused, by itself or with what it lies in. */
  covers(path: BytePath): boolean {
    for (let at = path; at !== ROOT; at = parent(at))
      if (this.paths.has(at) || (at !== path && this.contents.has(at))) return true;
    return false;
  }

  beneath(directory: BytePath): BytePath[] {
    return [...this.paths].filter((path) => isWithin(path, directory));
  }

  /** Directories whose content is refused. */
  contentsBeneath(directory: BytePath): BytePath[] {
    return [...this.contents].filter((path) => isWithin(path, directory));
  }
}
