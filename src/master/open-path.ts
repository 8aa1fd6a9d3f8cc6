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
import { ClsyncError } from '../shared/errors.js';
import { codeOf, systemReason } from '../shared/system-errors.js';
import { NoAnswer } from './no-answer.js';

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/**
 * Of open(2), which Node does not name: a directory on the way need not be readable, as /home often
 * is not.
 */
export const O_PATH = 0o10000000;
const OTHERS_WRITE = 0o022;
const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;
const STICKY = 0o1000;
/** Links on the way to one directory, as in path_resolution(7). */
const LINKS_MAX = 40;

export interface OpenedPath {
  /** O_PATH; whoever asked closes it. */
  readonly descriptor: number;
  /** Where the path leads: absolute, without symbolic links. */
  readonly path: BytePath;
  /**
   * Whether every user may go there and read it; of a directory, whether every user may enter it.
   */
  readonly isPublic: boolean;
}

/** How a path is opened. */
export interface Terms {
  /** Sees each directory on the way and what the path leads to; throws to refuse it. */
  readonly judge?: Judge | undefined;
  /** An open directory in which the path begins, and its own path. */
  readonly from?: OpenedPath | undefined;
  /** An open directory that is the root directory for the path, as with chroot(2). */
  readonly root?: number | undefined;
}

/** @param path of `found`, without symbolic links */
export type Judge = (found: Stats, path: BytePath) => void;

/** A name in an open directory, for calls that take a path. */
export function inDirectory(directory: number, name: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), toBuffer(name)]);
}

/**
 * What stands at `path` (absolute, unless there is `from`): a directory, unless any kind of file
 * will do. Throws an Error with `code`: PathRefusal, or the error of open(2).
 */
export function openPath(
  path: BytePath,
  kind: 'directory' | 'any' = 'directory',
  terms: Terms = {},
): OpenedPath {
  const walk = new Walk(terms);
  try {
    walk.look();
    let waiting = parts(path);
    for (let links = 0; waiting.length > 0;) {
      const name = waiting.shift() as BytePath;
      if (name === '..' && walk.isAtRoot()) continue;
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
export function openDirectory(path: BytePath, judge?: Judge): number {
  return openPath(path, 'directory', { judge }).descriptor;
}

/** Where the path leads. Throws as `openPath`. */
export function followPath(path: BytePath, kind: 'directory' | 'any', terms?: Terms): BytePath {
  const opened = openPath(path, kind, terms);
  closeSync(opened.descriptor);
  return opened.path;
}

class Walk {
  private at: number;
  private names: BytePath[];
  private isPublic: boolean;

  constructor(private readonly terms: Terms) {
    const { from, root } = terms;
    this.at = openAgain(from?.descriptor ?? root);
    this.names = from === undefined ? [] : parts(from.path);
    this.isPublic = from?.isPublic ?? true;
  }

  /** Judges what is open. */
  look(): void {
    const found = fstatSync(this.at);
    this.isPublic &&= (found.mode & (found.isDirectory() ? OTHERS_ENTER : OTHERS_READ)) !== 0;
    this.terms.judge?.(found, this.end.path);
  }

  get end(): OpenedPath {
    const path = `/${this.names.join('/')}` as BytePath;
    return { descriptor: this.at, path, isPublic: this.isPublic };
  }

  /** The value of a symbolic link; undefined for anything else. Throws LinkRefusal. */
  linkAt(name: BytePath): BytePath | undefined {
    const link = lstatSync(inDirectory(this.at, name));
    if (!link.isSymbolicLink()) return undefined;
    const above = fstatSync(this.at);
    const stays = isOurs(above) || (isTrusted(above) && isSticky(above));
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
    this.look();
  }

  /** Whether `..` would leave the root directory. */
  isAtRoot(): boolean {
    return this.names.length === 0;
  }

  restart(): void {
    const root = openAgain(this.terms.root);
    this.close();
    this.at = root;
    this.names = [];
    this.look();
  }

  close(): void {
    closeSync(this.at);
  }
}

/** Another descriptor of an open directory; undefined: of the root directory. */
function openAgain(directory: number | undefined): number {
  return openSync(
    directory === undefined ? '/' : `/proc/self/fd/${directory}`,
    O_PATH | O_DIRECTORY,
  );
}

function parts(path: BytePath): BytePath[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as BytePath[];
}

/** Whether only we and root can change what stands in the directory, or what the file holds. */
export function isOurs(stats: Stats): boolean {
  return isTrusted(stats) && (stats.mode & OTHERS_WRITE) === 0;
}

/** A directory in which others cannot change what is not theirs. */
export function isSticky(stats: Stats): boolean {
  return stats.isDirectory() && (stats.mode & STICKY) !== 0;
}

/**
 * Root's, the starter's, or of the owner of the root directory: in a user namespace that lacks
 * root, the files of the system have the overflow uid (user_namespaces(7)).
 */
export function isTrusted({ uid }: Pick<Stats, 'uid'>): boolean {
  return uid === 0 || uid === process.geteuid?.() || uid === statSync('/').uid;
}

/** Something on the way that is not taken. */
export abstract class PathRefusal extends Error {
  abstract readonly code: string;
}

/** A link that is not followed. */
export class LinkRefusal extends PathRefusal {
  readonly code = 'ELOOP';

  constructor(name: BytePath, why: string) {
    super(`${display(name)} is ${why}`);
  }
}

/** Why something could not be opened or written, for the message to the user. */
export function reasonOf(error: unknown): string {
  const isOurs = error instanceof PathRefusal || error instanceof NoAnswer;
  return isOurs ? error.message : systemReason(error);
}

/** The error of a file or directory that could not be made or written, as `origin` names it. */
export function cannotWrite(origin: string, path: string, error: unknown): ClsyncError {
  return codeOf(error) === 'ENOENT'
    ? new ClsyncError('NO_DIRECTORY', origin, path)
    : new ClsyncError('CANNOT_WRITE', origin, path, reasonOf(error));
}
