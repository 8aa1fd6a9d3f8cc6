/**
 * Reads files that the user names or that others could have put in their place: never waits for
 * somebody to write, opens nothing but regular files, and takes no more than can be meant.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { fromBuffer, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { openPath, PathRefusal } from './open-path.js';
import type { Terms } from './open-path.js';

const { O_NONBLOCK, O_RDONLY } = constants;
/** Bytes of a file of settings: far more than anybody writes. */
const MOST = 4 << 20;
/** Bytes asked for at a time. */
const PIECE = 64 << 10;

export interface FileContent {
  readonly bytes: Buffer;
  /** Whether every user may read it, so that a message may quote it. */
  readonly isPublic: boolean;
}

/** No file of the kind or size that is read. */
export class FileRefusal extends PathRefusal {
  constructor(
    readonly code: 'EINVAL' | 'EFBIG',
    message: string,
  ) {
    super(message);
  }
}

/** Its text; without the mark that some editors let a file begin with. */
export function textIn(bytes: Buffer): BytePath {
  return fromBuffer(
    bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes,
  );
}
const MARK = Buffer.from('\ufeff');

/** Reads a file. Throws as `openPath`, or FileRefusal. @param path as there */
export function readFile(path: BytePath, terms: Terms = {}): FileContent {
  const opened = openPath(path, 'any', terms);
  try {
    // Before it is opened in earnest: opening alone makes some devices do something.
    if (!fstatSync(opened.descriptor).isFile()) throw notRegular();
    const file = openSync(`/proc/self/fd/${opened.descriptor}`, O_RDONLY | O_NONBLOCK);
    try {
      return { bytes: readAll(file, MOST), isPublic: opened.isPublic };
    } finally {
      closeSync(file);
    }
  } finally {
    closeSync(opened.descriptor);
  }
}

/**
 * The descriptor that a path stands for by which a shell hands over a file or pipe; undefined for
 * any other path.
 */
export function givenDescriptor(path: BytePath): number | undefined {
  if (path === '/dev/stdin') return 0;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Reads what the starter handed over, up to its end. Throws an errno error, or FileRefusal. */
export function readGiven(descriptor: number): FileContent {
  const stats = fstatSync(descriptor);
  return {
    bytes: readAll(descriptor, MOST),
    isPublic: !stats.isFile() || (stats.mode & 0o004) !== 0,
  };
}

/**
 * The first bytes of a file at a path of the host, symbolic links followed. Throws an errno error,
 * or FileRefusal.
 */
export function readBeginning(path: BytePath, most: number): Buffer {
  return withRegular(path, (file) => {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(file, bytes, 0, most, 0));
  });
}

/** All of a file at a path of the host, symbolic links followed. Throws as `readBeginning`. */
export function readWhole(path: BytePath, most: number): Buffer {
  return withRegular(path, (file) => readAll(file, most));
}

/** All of a file that is open. Throws an errno error, or FileRefusal. */
export function readOpened(descriptor: number): Buffer {
  return readAll(descriptor, MOST);
}

function withRegular<T>(path: BytePath, read: (file: number) => T): T {
  const file = openSync(toBuffer(path), O_RDONLY | O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw notRegular();
    return read(file);
  } finally {
    closeSync(file);
  }
}

function notRegular(): FileRefusal {
  return new FileRefusal('EINVAL', 'it is no regular file');
}

/** Also of a file that grows meanwhile, or has no size, as those of /proc. */
function readAll(file: number, most: number): Buffer {
  const pieces: Buffer[] = [];
  for (let size = 0; ;) {
    const piece = Buffer.alloc(PIECE);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces);
    size += read;
    if (size > most) throw new FileRefusal('EFBIG', `it has more than ${most} bytes`);
    pieces.push(piece.subarray(0, read));
  }
}
