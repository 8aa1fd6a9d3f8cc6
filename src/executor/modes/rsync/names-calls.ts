/** The calls of rsync with a list of names: the list, its filters, and what is swept besides. */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { exactExcludes, onlyThese, temporariesIn } from '../../lists/excludes.js';
import { standing } from '../../lists/files-from.js';
import type { List, Located } from '../../lists/files-from.js';
import { closedTo } from '../closed.js';
import type { Services, Situation } from '../mode.js';
import type { RsyncCall } from './run.js';

/** rsync tries each filter on each name of a directory. */
const MOST_FILTERS = 1000;

/** Directories of which one level is listed, so that these paths and patterns are deleted. */
export interface Sweep {
  readonly directories: readonly BytePath[];
  readonly paths: readonly BytePath[];
  readonly patterns: readonly string[];
}
export const NO_SWEEP: Sweep = { directories: [], paths: [], patterns: [] };

export class NamesCalls {
  /**
   * Directories in which an interrupted run may have left temporary files. They are listed with
   * their content, so that rsync deletes those files.
   */
  private readonly interrupted = new Set<BytePath>();

  constructor(private readonly services: Services) {}

  /** As `NamesRun.brokeOff`. */
  brokeOff(paths: Iterable<BytePath>): void {
    for (const path of paths) this.interrupted.add(parent(path));
  }

  cleaned(): void {
    this.interrupted.clear();
  }

  /** Number of directories that may have temporary files. */
  get unclean(): number {
    return this.interrupted.size;
  }

  isUnclean(directory: BytePath): boolean {
    return this.interrupted.has(directory);
  }

  /** What a run with these absent names has to sweep, besides the unclean directories. */
  sweepFor(absent: readonly Located[]): Sweep {
    const { tree, refused } = this.services;
    const paths = absent.map(({ path }) => path);
    return {
      directories: standing(new Set([...this.interrupted, ...paths.map(parent)]), tree).filter(
        (path) => !refused.covers(path),
      ),
      paths,
      patterns: [...this.interrupted].map(temporariesIn),
    };
  }

  /**
   * Filters that leave out everything in the levels of a list but the names it is for: others may
   * be new at the destination, where another daemon mirrors in the other direction. None where
   * there are too many.
   */
  onlyWanted(
    { levels, wanted }: List,
    paths: readonly BytePath[],
    patterns: readonly string[],
  ): string[] {
    const names = [...wanted, ...paths];
    const count = names.length + patterns.length + levels.length;
    return levels.length === 0 || (count > MOST_FILTERS && !this.services.settings().twoWay)
      ? []
      : onlyThese(names, levels, patterns);
  }

  /** @param only filters that come after those for refused paths */
  call(
    { lines, levels }: List,
    options: readonly BytePath[],
    situation: Situation,
    only: readonly string[] = [],
  ): RsyncCall {
    const contents = contentsOf(lines);
    const narrow = new Set(only.length > 0 ? levels : []);
    situation.lists?.(contents.filter((path) => !narrow.has(path)));
    // Only a directory listed with its content can bring in refused paths.
    const excludes =
      contents.length > 0 ? exactExcludes(closedTo(this.services, situation, lines), ROOT) : [];
    return { options, input: '--files-from', files: lines, excludes: [...excludes, ...only] };
  }
}

/** Directories that are listed with their content. */
export function contentsOf(files: readonly BytePath[]): BytePath[] {
  return files
    .filter((line) => line.endsWith('/'))
    .map((line) => line.slice('./'.length, -1) as BytePath);
}
