/** What must not be entered, or carried, where a directory is taken with what is in it. */
import { ROOT, directoriesAbove, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Services, Situation } from './mode.js';

export interface Closed {
  /** With all that is beneath. */
  readonly all: ReadonlySet<BytePath>;
  /** What is in these directories, not they themselves. */
  readonly contents: ReadonlySet<BytePath>;
  /** Whether a path is one of `all`, or lies in one. */
  covers(path: BytePath): boolean;
  beneath(directory: BytePath): BytePath[];
  contentsBeneath(directory: BytePath): BytePath[];
}

/**
 * What the rules refuse, what no recursion can enter (overlong.ts), and what waits after a failure.
 * @param files lines of a list, of which nothing is closed but for the rules' sake: an exclude
 * would hold for them, too
 */
export function closedTo(
  { refused, overlong }: Services,
  { avoided = [] }: Situation,
  files: readonly BytePath[] = [],
): Closed {
  const listed = avoided.length + overlong().size > 0 ? pathsAndAbove(files) : new Set<BytePath>();
  const further = [...overlong(), ...avoided].filter((path) => !listed.has(path));
  const all = further.length === 0 ? refused.all : new Set([...refused.all, ...further]);
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
export function pathsAndAbove(files: readonly BytePath[]): Set<BytePath> {
  const found = new Set<BytePath>();
  for (const line of files)
    for (const path of pathAndAbove(line.replace(/^\.\/|\/$/g, '') as BytePath)) found.add(path);
  return found;
}

/** Not the root. */
function pathAndAbove(path: BytePath): BytePath[] {
  return [path, ...directoriesAbove(path)].filter((at) => at !== ROOT);
}
