/**
 * The classic lists for rsync's `--include-from` and `--exclude-from`, to be used with
 * `--exclude=*`; see clsync(1). Pure, but for the tree it asks.
 */
import { ROOT, ended, parent } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import type { RefusedPaths } from '../intake/refused.js';
import { lineExcludes, linePattern, treePattern } from './excludes.js';
import { isWhole, isWholeRoot } from './files-from.js';
import type { Located } from './files-from.js';

/**
 * The lines one path needs: itself, every directory above it, and `/***` when everything beneath it
 * is included. A path at which a directory is gone, or replaced by something else, gets both forms:
 * rsync deletes the copy of a directory only if its content is included, too.
 */
export function includeLines(item: Located): string[] {
  const { path, status } = item;
  if (isWholeRoot(item)) return ['/***'];
  if (path === ROOT) return [];
  const own = linePattern(path);
  const lines = isWhole(item)
    ? [treePattern(path)]
    : status === undefined || isInPlaceOfDirectory(item)
      ? [own, treePattern(path)]
      : [own];
  for (let above = parent(path); above !== ROOT; above = parent(above))
    lines.push(linePattern(above));
  return lines;
}

function isInPlaceOfDirectory({ entry, status }: Located): boolean {
  return entry.before === ObjectType.directory && status?.kind !== 'directory';
}

/** Each line once, ended by a newline. */
export function lineList(lines: Iterable<string>): Buffer {
  return ended(new Set(lines), '\n');
}

/** Patterns for the refused paths beneath directories synced whole. */
export function excludeLines(
  items: readonly Located[],
  refused: Pick<RefusedPaths, 'beneath' | 'contentsBeneath'>,
): string[] {
  return items.filter(isWhole).flatMap(({ path }) => lineExcludes(refused, path));
}

/**
 * Splits the items into parts of about `limit` lines, counting lines for directories above and
 * repeated lines; 0: one part.
 */
export function parts(items: readonly Located[], limit: number): Located[][] {
  if (limit <= 0) return [[...items]];
  const result: Located[][] = [];
  let lines = Infinity;
  for (const item of items) {
    if (lines >= limit) {
      result.push([]);
      lines = 0;
    }
    (result.at(-1) as Located[]).push(item);
    lines += includeLines(item).length;
  }
  return result;
}
