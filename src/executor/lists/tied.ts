/**
 * Finds tied names: they share an inode at a local destination, but not in the source. rsync takes
 * an object with the same size and time for unchanged, so it would leave the names tied, and a
 * change of one would change all. A destination on another host is not examined. There, an object
 * that replaced one of several names stays tied if it looks the same (a symbolic link with the same
 * target, a file of the same size and time).
 */
import { closeSync } from 'node:fs';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { IN } from '../../shared/inotify-mask.js';
import { native } from '../../shared/native.js';
import { openDirectory } from './comparison.js';
import type { Located, Parted } from './files-from.js';
import type { Status, Tree } from './tree.js';

const NEW = IN.CREATE | IN.MOVED_TO;

/** Marks tied items. @param copy the destination; undefined: it is on another host */
export function markTied({ quick, read }: Parted, copy: Tree | undefined): Parted {
  if (copy === undefined) return { quick, read };
  const tied = new Set<string>();
  /** The source's inode for each inode of the destination. */
  const standsFor = new Map<string, string>();
  for (const [items, compared] of [
    [quick, false],
    [read, true],
  ] as const) {
    for (const item of items) {
      const { path, status } = item;
      if (status === undefined || !mayBeTied(item, compared)) continue;
      const there = copy.lstat(path);
      if (
        there === undefined ||
        there.links === 1 ||
        there.kind !== status.kind ||
        there.size !== status.size
      )
        continue;
      const owner = standsFor.get(there.inode);
      if (owner === undefined) standsFor.set(there.inode, status.inode);
      if (hasTooMany(item, status, there) || (owner !== undefined && owner !== status.inode))
        tied.add(status.inode);
    }
  }
  if (tied.size === 0) return { quick, read };
  // All names of an inode are marked: otherwise those that are replaced would be separated from the
  // others.
  const mark = (item: Located): Located =>
    item.status !== undefined && tied.has(item.status.inode) ? { ...item, tied: true } : item;
  return { quick: quick.map(mark), read: read.map(mark) };
}

/**
 * Whether rsync may take the object to be the same as the one at the destination. A file that was
 * written has a new time, so only a file that was linked or moved, or whose time was set, can look
 * the same.
 * @param compared whether it is in the list that is compared by content
 */
export function mayBeTied({ entry, status }: Located, compared: boolean): boolean {
  if (status === undefined || status.kind === 'directory') return false;
  const { kind, links, changed, modified } = status;
  if (kind === 'other' || links > 1) return true;
  return (
    (entry.mask & NEW) !== 0 &&
    (compared || changed !== modified || (entry.mask & IN.MOVED_TO) !== 0)
  );
}

/**
 * Whether the copy has more names than the source and must be replaced. A removed name may still be
 * at the destination, so for a file this counts only when it is new at its path; other objects are
 * always replaced, which costs little.
 */
function hasTooMany({ entry }: Located, { kind, links }: Status, there: Status): boolean {
  return there.links > links && (kind === 'other' || (entry.mask & NEW) !== 0);
}

/** Removes tied names, so that rsync creates a new object for each. @param destination absolute */
export function removeTied(destination: BytePath, paths: readonly BytePath[]): void {
  const root = paths.length > 0 ? openDirectory(destination) : undefined;
  if (root === undefined) return;
  try {
    for (const path of paths) native.removeTied(root, toBuffer(path));
  } finally {
    closeSync(root);
  }
}
