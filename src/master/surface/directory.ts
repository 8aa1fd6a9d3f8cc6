/**
 * The directories our own files are put in: reached without following a link that someone else
 * could have planted.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { display, fromBuffer, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/**
 * Of open(2), which Node does not name: a directory on the way need not be readable, as /home often
 * is not.
 */
const O_PATH = 0o10000000;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Links on the way to one directory, as in path_resolution(7). */
const LINKS_MAX = 40;

/** A name in an open directory, for calls that take a path. */
export function inDirectory(directory: number, name: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), toBuffer(name)]);
}

/**
 * A descriptor of the directory `path` (absolute), for `inDirectory`. Throws an Error with `code`:
 * ELOOP for a link that is not ours or root's.
 */
export function openDirectory(path: BytePath): number {
  let directory = openSync('/', O_PATH | O_DIRECTORY);
  try {
    let waiting = parts(path);
    for (let links = 0; waiting.length > 0;) {
      const name = waiting.shift() as BytePath;
      const next = inDirectory(directory, name);
      const target = lstatSync(next).isSymbolicLink() ? linkTarget(directory, name) : undefined;
      if (target === undefined) {
        const opened = openSync(next, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        closeSync(directory);
        directory = opened;
        continue;
      }
      if (++links > LINKS_MAX) throw new LinkRefusal(name, 'one symbolic link too many');
      waiting = [...parts(target), ...waiting];
      if (target.startsWith('/')) {
        closeSync(directory);
        directory = openSync('/', O_PATH | O_DIRECTORY);
      }
    }
    return directory;
  } catch (error) {
    closeSync(directory);
    throw error;
  }
}

/**
 * The directory that files of ours are in, as long as there is none else at its path: removed and
 * made again, it is the new one.
 */
export class HeldDirectory {
  private descriptor: number;

  /** `path`: absolute. Throws as `openDirectory`. */
  constructor(private readonly path: BytePath) {
    this.descriptor = openDirectory(path);
  }

  /** A name in it, for calls that take a path. */
  at(name: BytePath): Buffer {
    return inDirectory(this.descriptor, name);
  }

  /** Whether something could be put into it. */
  get exists(): boolean {
    return fstatSync(this.descriptor).nlink > 0;
  }

  /**
   * Takes what is at the path now; where that may not be used, it stays what it was. Returns
   * whether it is another one.
   */
  follow(): boolean {
    let found: number;
    try {
      found = openDirectory(this.path);
    } catch {
      return false;
    }
    const [now, before] = [
      fstatSync(found, { bigint: true }),
      fstatSync(this.descriptor, { bigint: true }),
    ];
    const isOther = now.dev !== before.dev || now.ino !== before.ino;
    closeSync(isOther ? this.descriptor : found);
    if (isOther) this.descriptor = found;
    return isOther;
  }

  /** Changes with `follow`. */
  get fd(): number {
    return this.descriptor;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * A new directory that only we may enter, and a descriptor of it. Where others can write, something
 * else may stand in its place at once.
 */
export function makePrivateDirectory(above: number, name: BytePath): number {
  const path = inDirectory(above, name);
  mkdirSync(path, { mode: 0o700 });
  const directory = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (isOurs(fstatSync(directory))) return directory;
  closeSync(directory);
  throw new Error('another user has put something else in its place');
}

/** Whether only we and root can change what stands in the directory. */
function isOurs(stats: Stats): boolean {
  return isTrusted(stats) && (stats.mode & OTHERS_WRITE) === 0;
}

function linkTarget(directory: number, name: BytePath): BytePath {
  const [above, link] = [fstatSync(directory), lstatSync(inDirectory(directory, name))];
  const stays = isOurs(above) || (isTrusted(above) && (above.mode & STICKY) !== 0);
  if (!stays || !isTrusted(link))
    throw new LinkRefusal(name, 'a symbolic link that another user can change');
  return fromBuffer(readlinkSync(inDirectory(directory, name), { encoding: 'buffer' }));
}

function isTrusted({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function parts(path: BytePath): BytePath[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as BytePath[];
}

class LinkRefusal extends Error {
  readonly code = 'ELOOP';

  constructor(name: BytePath, why: string) {
    super(`${display(name)} is ${why}`);
  }
}

/** Why something could not be written, for the message to the user. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof LinkRefusal || code === undefined ? message : code;
}
