/**
 * What lies in one directory of the watch directory makes a lane: a user who changes very much in
 * his directory keeps nothing waiting that others change in theirs. Pure.
 */
import type { BytePath } from './bytes.js';

/** The lane of a path: its first name; the root has a lane of its own. */
export function laneOf(path: BytePath): BytePath {
  const slash = path.indexOf('/');
  return slash < 0 ? path : (path.slice(0, slash) as BytePath);
}

/**
 * How many of each are taken, `most` in all: small ones are taken whole, and the large ones share
 * what is left. Of more than `most`, the last get nothing.
 */
export function sharesOf(sizes: readonly number[], most: number): number[] {
  const shares = sizes.map(() => 0);
  const smallestFirst = [...sizes.entries()].sort(([, one], [, other]) => one - other);
  let room = most;
  for (const [place, [index, size]] of smallestFirst.entries()) {
    const share = Math.min(size, Math.ceil(room / (sizes.length - place)));
    shares[index] = share;
    room -= share;
  }
  return shares;
}
