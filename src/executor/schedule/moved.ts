/**
 * Finds both ends of moves: an object can be moved at the destination only where its old and its
 * new name are in one sync. The old one alone would delete it.
 */
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';

/**
 * Takes the other ends of what was moved from or to these paths, and theirs.
 * @param take takes the wanted entries and returns them
 */
export function takeMoved(
  entries: readonly Entry[],
  take: (isWanted: (entry: Entry) => boolean) => Entry[],
): Entry[] {
  const all: Entry[] = [];
  for (let latest = entries; latest.length > 0;) {
    const origins = new Set<BytePath>();
    const gone = new Set<BytePath>();
    for (const { path, origin, after } of latest) {
      if (origin !== undefined) origins.add(origin);
      if (after === ObjectType.absent) gone.add(path);
    }
    if (origins.size + gone.size === 0) break;
    latest = take(
      ({ path, origin }) => origins.has(path) || (origin !== undefined && gone.has(origin)),
    );
    for (const entry of latest) all.push(entry);
  }
  return all;
}
