/**
 * Opens a path component by component, so that no symbolic link is followed that another user could
 * have put there, and what was checked is what is opened.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { display, fromBuffer, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/**
 * Of open(2), which Node does not name: a directory on the way need not be readable, as /home often
 * is not.
 */
const O_PATH = 0o10000000;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Links on the way to one directory, as in path_resolution(7). */
const LINKS_MAX = 40;

export interface OpenedPath {
  /** O_PATH; whoever asked closes it. */
  readonly descriptor: number;
  /** Where the path leads: absolute, without symbolic links. */
  readonly path: BytePath;
}

/** A name in an open directory, for calls that take a path. */
export function inDirectory(directory: number, name: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), toBuffer(name)]);
}

/**
 * What stands at `path` (absolute): a directory, unless any kind of file will do. Throws an Error
 * with `code`: LinkRefusal, or the error of open(2).
 */
export function openPath(path: BytePath, kind: 'directory' | 'any' = 'directory'): OpenedPath {
  const walk = new Walk();
  try {
    let waiting = parts(path);
    for (let links = 0; waiting.length > 0;) {
      const name = waiting.shift() as BytePath;
      const target = walk.linkAt(name);
      if (target === undefined) {
        walk.enter(name, kind === 'any' && waiting.length === 0 && !path.endsWith('/'));
        continue;
      }
      if (++links > LINKS_MAX) throw new LinkRefusal(name, 'one symbolic link too many');
      waiting = [...parts(target), ...waiting];
      if (target.startsWith('/')) walk.restart();
    }
    return walk.end;
  } catch (error) {
    walk.close();
    throw error;
  }
}

/** A descriptor of the directory `path`. Throws as `openPath`. */
export function openDirectory(path: BytePath): number {
  return openPath(path).descriptor;
}

/** Where the path leads. Throws as `openPath`. */
export function followPath(path: BytePath, kind: 'directory' | 'any'): BytePath {
  const opened = openPath(path, kind);
  closeSync(opened.descriptor);
  return opened.path;
}

class Walk {
  private at = openRoot();
  private readonly names: BytePath[] = [];

  get end(): OpenedPath {
    return { descriptor: this.at, path: `/${this.names.join('/')}` as BytePath };
  }

  /** The value of a symbolic link; undefined for anything else. Throws LinkRefusal. */
  linkAt(name: BytePath): BytePath | undefined {
    const link = lstatSync(inDirectory(this.at, name));
    if (!link.isSymbolicLink()) return undefined;
    const above = fstatSync(this.at);
    const stays = isOurs(above) || (isTrusted(above) && (above.mode & STICKY) !== 0);
    if (!stays || !isTrusted(link))
      throw new LinkRefusal(name, 'a symbolic link that another user can change');
    return fromBuffer(readlinkSync(inDirectory(this.at, name), { encoding: 'buffer' }));
  }

  /** A link that has just come in its place is not followed either. */
  enter(name: BytePath, anything: boolean): void {
    const flags = O_PATH | O_NOFOLLOW | (anything ? 0 : O_DIRECTORY);
    const opened = openSync(inDirectory(this.at, name), flags);
    this.close();
    this.at = opened;
    if (anything && fstatSync(opened).isSymbolicLink())
      throw new LinkRefusal(name, 'a symbolic link that has just been put there');
    if (name === '..') this.names.pop();
    else this.names.push(name);
  }

  restart(): void {
    const root = openRoot();
    this.close();
    this.at = root;
    this.names.length = 0;
  }

  close(): void {
    closeSync(this.at);
  }
}

function openRoot(): number {
  return openSync('/', O_PATH | O_DIRECTORY);
}

function parts(path: BytePath): BytePath[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as BytePath[];
}

/** Whether only we and root can change what stands in the directory. */
export function isOurs(stats: Stats): boolean {
  return isTrusted(stats) && (stats.mode & OTHERS_WRITE) === 0;
}

/**
 * Root's, the starter's, or of the owner of the root directory: in a user namespace that lacks
 * root, the files of the system have the overflow uid (user_namespaces(7)).
 */
export function isTrusted({ uid }: Pick<Stats, 'uid'>): boolean {
  return uid === 0 || uid === process.geteuid?.() || uid === statSync('/').uid;
}

/** A link that is not followed. */
export class LinkRefusal extends Error {
  readonly code = 'ELOOP';

  constructor(name: BytePath, why: string) {
    super(`${display(name)} is ${why}`);
  }
}

/** Why something could not be opened or written, for the message to the user. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof LinkRefusal || code === undefined ? message : code;
}
