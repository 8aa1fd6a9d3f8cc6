/**
 * Names that share an object at a local destination, and not in the source. rsync takes an object
 * that looks like another for that one, so it would leave them tied, and change all of them
 * whenever it changes one. A destination on another host is not looked at: there, what replaced one
 * of several names and is the same (a symbolic link with the same target, a file of the same size
 * and time) stays tied to the others.
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

/** Marks what is tied. @param copy the destination; undefined where it is on another host */
export function markTied({ quick, read }: Parted, copy: Tree | undefined): Parted {
  if (copy === undefined) return { quick, read };
  const tied = new Set<string>();
  /** By objects of the destination. */
  const standsFor = new Map<string, string>();
  for (const [items, compared] of [
    [quick, false],
    [read, true],
  ] as const) {
    for (const item of items) {
      const { path, status } = item;
      if (status === undefined || !mayBeTied(item, status, compared)) continue;
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
  // All names of an object, or those that are made anew would be torn from the rest.
  const mark = (item: Located): Located =>
    item.status !== undefined && tied.has(item.status.inode) ? { ...item, tied: true } : item;
  return { quick: quick.map(mark), read: read.map(mark) };
}

/**
 * Whether rsync may take it for what stands at the destination. A file does not look like another
 * that was written: it was linked, moved, or its time was set.
 * @param compared by content
 */
function mayBeTied(
  { entry }: Located,
  { kind, links, changed, modified }: Status,
  compared: boolean,
): boolean {
  if (kind === 'directory') return false;
  if (kind === 'other' || links > 1) return true;
  return (
    (entry.mask & NEW) !== 0 &&
    (compared || changed !== modified || (entry.mask & IN.MOVED_TO) !== 0)
  );
}

/**
 * What has lost a name has too many until that is deleted; only what took the name's place is tied.
 * To make the rest anew is little, but for files.
 */
function hasTooMany({ entry }: Located, { kind, links }: Status, there: Status): boolean {
  return there.links > links && (kind === 'other' || (entry.mask & NEW) !== 0);
}

/** Removes such names, of which rsync makes another object then. @param destination absolute */
export function removeTied(destination: BytePath, paths: readonly BytePath[]): void {
  const root = paths.length > 0 ? openDirectory(destination) : undefined;
  if (root === undefined) return;
  try {
    for (const path of paths) native.removeTied(root, toBuffer(path));
  } finally {
    closeSync(root);
  }
}
