/**
 * The paths that the rules refuse, topmost only. A recursive sync of a directory above must exclude
 * them.
 */
import { ROOT, isWithin, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import type { Entry, Refusal } from '../../shared/entry.js';

export class RefusedPaths {
  private readonly paths: Set<BytePath>;

  /** @param fixed always refused; neither a release nor a change ends it */
  constructor(private readonly fixed: readonly BytePath[] = []) {
    this.paths = new Set(fixed);
  }

  /** Directories that are synced although all their content is refused. */
  readonly contents = new Set<BytePath>();

  refuse({ path, contentOnly }: Refusal): void {
    if (!contentOnly) this.paths.add(path);
    else if (!this.fixed.includes(path)) {
      this.paths.delete(path);
      this.contents.add(path);
    }
  }

  /** Neither the path nor its content is refused any longer. */
  release(path: BytePath): void {
    if (this.fixed.includes(path)) return;
    this.paths.delete(path);
    this.contents.delete(path);
  }

  /**
   * A path for which a change arrives is no longer refused. Returns whether the change is to be
   * synced.
   */
  changed({ path, after }: Entry): boolean {
    if (this.fixed.includes(path)) return false;
    this.paths.delete(path);
    if (after === ObjectType.absent) this.contents.delete(path);
    return true;
  }

  get all(): ReadonlySet<BytePath> {
    return this.paths;
  }

  /** Whether a path is refused, itself or because of a directory above it. */
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
