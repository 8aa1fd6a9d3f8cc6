/** Paths that a recursive sync of a directory must neither enter nor transfer. */
import { ROOT, directoriesAbove, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Services, Situation } from './mode.js';

export interface Closed {
  /** Left out with everything beneath them; the root among them: no level of it may be listed. */
  readonly all: ReadonlySet<BytePath>;
  /** Directories that are transferred without their content. */
  readonly contents: ReadonlySet<BytePath>;
  /** Whether a path is one of `all`, or beneath one. */
  covers(path: BytePath): boolean;
  beneath(directory: BytePath): BytePath[];
  contentsBeneath(directory: BytePath): BytePath[];
}

/**
 * Paths that the rules refuse, directories that no recursion may enter, and paths
 * that wait after a failure.
 * @param files lines of a list. Only the rules can close these: an exclude pattern would also apply
 * to the listed paths themselves.
 */
export function closedTo(
  { refused, notEntered }: Services,
  { avoided = [] }: Situation,
  files: readonly BytePath[] = [],
): Closed {
  const closed = notEntered();
  const unlisted = [...closed, ...avoided].filter((path) => path !== ROOT);
  const listed = unlisted.length > 0 ? pathsAndAbove(files) : new Set<BytePath>();
  const further = unlisted.filter((path) => !listed.has(path));
  const root = closed.has(ROOT) ? [ROOT] : [];
  const all =
    further.length + root.length === 0
      ? refused.all
      : new Set([...refused.all, ...further, ...root]);
  return {
    all,
    contents: refused.contents,
    covers: (path) => pathAndAbove(path).some((at) => all.has(at)),
    beneath: (directory) => [
      ...refused.beneath(directory),
      ...further.filter((path) => isWithin(path, directory)),
    ],
    contentsBeneath: (directory) => refused.contentsBeneath(directory),
  };
}

/** @param files `./path` or `./directory/` */
function pathsAndAbove(files: readonly BytePath[]): Set<BytePath> {
  const found = new Set<BytePath>();
  for (const line of files)
    for (const path of pathAndAbove(line.replace(/^\.\/|\/$/g, '') as BytePath)) found.add(path);
  return found;
}

/** Without the root. */
function pathAndAbove(path: BytePath): BytePath[] {
  return [path, ...directoriesAbove(path)].filter((at) => at !== ROOT);
}
