/** Reads the directory tree for the lists; never follows a symbolic link. */
import { lstatSync, readdirSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { codeOf, ifPresent } from '../../shared/system-errors.js';
import { fromBuffer, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

/** Bytes of one unit of st_blocks, which does not depend on the file system (stat(2)). */
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
 * Of what is there and cannot be read, as a file system refuses that, has failed, or has lost its
 * server. The handler finds out, and says so.
 */
const UNREADABLE: Status = {
  kind: 'other',
  links: 1,
  size: 0,
  allocated: 0,
  inode: '',
  modified: 0,
  changed: 0,
};

/** Paths are relative to the root of the tree. */
export interface Tree {
  /** Undefined: the path is absent. */
  lstat(path: BytePath): Status | undefined;
  /**
   * Names of the directories in a directory; empty when it is not a directory (any more), or cannot
   * be read.
   */
  subdirectories(path: BytePath): BytePath[];
}

export function realTree(root: BytePath): Tree {
  return {
    lstat: (path) => lstat(join(root, path)),
    subdirectories: (path) =>
      read(join(root, path))
        .filter((entry) => entry.isDirectory())
        .map(nameOf),
  };
}

/** The tree, with every status read once only: for one plan. @param known what is known of it */
export function remembering(tree: Tree, known = new Map<BytePath, Status | undefined>()): Tree {
  return {
    lstat(path) {
      if (!known.has(path)) known.set(path, tree.lstat(path));
      return known.get(path);
    },
    subdirectories: (path) => tree.subdirectories(path),
  };
}

/**
 * All names in a directory; empty when it is not a directory (any more), or cannot be read.
 * @param directory absolute
 */
export function namesOf(directory: BytePath): BytePath[] {
  return read(directory).map(nameOf);
}

function read(directory: BytePath): Dirent[] {
  const options = { withFileTypes: true, encoding: 'buffer' as BufferEncoding } as const;
  return ifReadable(() => readdirSync(toBuffer(directory), options), []) ?? [];
}

/** Of an entry that was read with the encoding `buffer`. */
export function nameOf({ name }: Dirent): BytePath {
  return fromBuffer(name as unknown as Buffer);
}

function lstat(path: BytePath): Status | undefined {
  return ifReadable(() => statusOf(lstatSync(toBuffer(path))), UNREADABLE);
}

function statusOf(stats: Stats): Status {
  return {
    kind: stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other',
    links: stats.nlink,
    size: stats.size,
    allocated: stats.blocks * BLOCK,
    inode: `${stats.dev}:${stats.ino}`,
    modified: stats.mtimeMs,
    changed: stats.ctimeMs,
  };
}

/** Undefined: nothing is there. */
function ifReadable<T, U>(call: () => T, otherwise: U): T | U | undefined {
  try {
    return ifPresent(call);
  } catch (error) {
    if (EXHAUSTED.includes(codeOf(error))) throw error;
    return otherwise;
  }
}

/** Errors that say nothing of the path. */
const EXHAUSTED: readonly (string | undefined)[] = ['EMFILE', 'ENFILE', 'ENOMEM'];
