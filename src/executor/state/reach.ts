/** What a sync may make at the destination is marked so that a start finds it from the root. */
import type { BytePath } from '../../shared/bytes.js';
import { directoryOf } from './marks.js';
import type { Marks } from './marks.js';
import { Flag, Kind } from './records.js';

/**
 * The path is about to be synced. Throws what writing a mark throws.
 * @param beneath with all in it
 */
export function begins(marks: Marks, path: BytePath, beneath: boolean, isDir: boolean): void {
  reaches(marks, path);
  const flag = (beneath ? Flag.beneath : 0) | (isDir ? Flag.directory : 0);
  marks.write(Kind.begun, { path, flag });
}

/**
 * A sync makes the directories above its paths, too, which may be yet to be synced themselves.
 * Throws what writing a mark throws.
 */
export function reaches(marks: Marks, path: BytePath): void {
  const flag = Flag.beneath | Flag.directory;
  const unknown: BytePath[] = [];
  for (let at = directoryOf(path); !marks.isKnown(at); at = directoryOf(at)) unknown.push(at);
  for (const above of unknown.reverse())
    if (!marks.isKnown(above)) marks.write(Kind.begun, { path: above, flag });
}
