/** What list making needs to know of the watched tree; never follows a symbolic link. */
import { lstatSync, readdirSync } from 'node:fs';
import { lstat as lstatLater, readdir } from 'node:fs/promises';
import type { Dirent, Stats } from 'node:fs';
import { fromBuffer, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

/** Bytes of st_blocks, whatever the file system's block is. */
const BLOCK = 512;

export interface Status {
  readonly kind: 'directory' | 'file' | 'other';
  readonly links: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes on disk. */
  readonly allocated: number;
  /** Identifies the inode. */
  readonly inode: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly changed: number;
}

/**
 * Paths relative to the watch directory; undefined: there is nothing (or nothing that can be seen).
 */
export interface Tree {
  lstat(path: BytePath): Status | undefined;
  /** Names of the directories in a directory; empty when it is none (any more). */
  subdirectories(path: BytePath): BytePath[];
}

export function realTree(root: BytePath): Tree {
  return {
    lstat(path) {
      const stats = lstat(join(root, path));
      if (stats === undefined) return undefined;
      return {
        kind: stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other',
        links: stats.nlink,
        size: stats.size,
        allocated: stats.blocks * BLOCK,
        inode: `${stats.dev}:${stats.ino}`,
        modified: stats.mtimeMs,
        changed: stats.ctimeMs,
      };
    },
    subdirectories: (path) =>
      read(join(root, path))
        .filter((entry) => entry.isDirectory())
        .map(nameOf),
  };
}

/** Names of everything in a directory (absolute); empty when it is none (any more). */
export function namesOf(directory: BytePath): BytePath[] {
  return read(directory).map(nameOf);
}

/**
 * Whether a file with several names beneath `directory` (relative to `root`) has changed since:
 * milliseconds since the epoch.
 * @param left paths that are not synced, and not looked at
 */
export async function sharedFileChanged(
  root: BytePath,
  directory: BytePath,
  since: number,
  left: ReadonlySet<BytePath>,
): Promise<boolean> {
  const waiting = [directory];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const names = await orAbsent(readdir(toBuffer(join(root, next)), { encoding: 'buffer' }));
    for (const name of names ?? []) {
      const path = join(next, fromBuffer(name));
      if (left.has(path)) continue;
      const stats = await orAbsent(lstatLater(toBuffer(join(root, path))));
      if (stats?.isDirectory()) waiting.push(path);
      else if (stats !== undefined && stats.nlink > 1 && stats.ctimeMs >= since) return true;
    }
  }
  return false;
}

async function orAbsent<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function read(directory: BytePath): Dirent[] {
  try {
    return readdirSync(toBuffer(directory), {
      withFileTypes: true,
      encoding: 'buffer' as BufferEncoding,
    });
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

function nameOf({ name }: Dirent): BytePath {
  return fromBuffer(name as unknown as Buffer);
}

function lstat(path: BytePath): Stats | undefined {
  try {
    return lstatSync(toBuffer(path));
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG';
}
