/**
 * The list for rsync's `--files-from=- --from0`, run without `-r` and with `--delete
 * --delete-missing-args --force`. Pure, but for the tree it asks.
 *
 * What a line of the list means to rsync (3.5.0, tried): `./f` carries f and the attributes of the
 * directories above, the root included; `./d` the directory alone; `./d/` one level of it, and
 * stale names at the destination are deleted; a name that is missing is deleted there.
 */
import { ROOT, join, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { IN } from '../../shared/inotify-mask.js';
import type { Copies } from './copies.js';
import type { Status, Tree } from './tree.js';

/** A dirty path and what stands for it in a list. */
export interface Located {
  readonly entry: Entry;
  /**
   * The path, or the topmost thing above it that is no directory: nothing beneath that exists in
   * this tree.
   */
  readonly path: BytePath;
  readonly status: Status | undefined;
  /** At the destination it is the same object as what stands for another of the source. */
  readonly tied?: boolean;
}

export interface Parted {
  readonly quick: readonly Located[];
  readonly read: readonly Located[];
}

const CONTENT = IN.MODIFY | IN.CLOSE_WRITE | IN.CREATE | IN.MOVED_TO;
/** Bytes that are read sooner than another rsync is started. */
const LITTLE = 1 << 20;

/**
 * When a sync that had this path in hand began, milliseconds since the epoch; undefined: none has
 * lately.
 */
export type InHandSince = (path: BytePath) => number | undefined;

/** Finds what stands for each path: nothing is looked for below what is no directory. */
export function locate(entries: readonly Entry[], tree: Tree): Located[] {
  const known = new Map<BytePath, Status | undefined>();
  const statusOf = (path: BytePath): Status | undefined => {
    if (!known.has(path)) known.set(path, tree.lstat(path));
    return known.get(path);
  };
  return entries.map((entry) => {
    const path = topmostNoDirectory(entry.path, statusOf);
    return { entry, path, status: statusOf(path) };
  });
}

/**
 * Parts what rsync's quick check can judge from files that must be read. All names of one inode
 * stay together, for the sake of `-H`.
 */
export function partition(
  entries: readonly Entry[],
  tree: Tree,
  copies: Copies,
  inHandSince: InHandSince,
): Parted {
  const located = locate(entries, tree);
  const doubtful = new Set<string>();
  for (const item of located)
    if (isDoubtful(item, copies, inHandSince)) doubtful.add((item.status as Status).inode);
  const quick: Located[] = [];
  const read: Located[] = [];
  for (const item of located)
    (item.status?.kind === 'file' && doubtful.has(item.status.inode) ? read : quick).push(item);
  return read.length > 0 && belongTogether(quick, read)
    ? { quick: [], read: located }
    : { quick, read };
}

/** Whether size and time may equal those at the destination although the content does not. */
function isDoubtful(
  { entry, path, status }: Located,
  copies: Copies,
  inHandSince: InHandSince,
): boolean {
  if (
    status?.kind !== 'file' ||
    status.size === 0 ||
    path !== entry.path ||
    (entry.mask & CONTENT) === 0
  )
    return false;
  return (
    (copies.coarse || mayBeOlder(entry, status) || writtenInHand(path, status, inHandSince)) &&
    copies.mayLookEqual(path, status)
  );
}

/**
 * Whether the time may be that of another content. A write sets both times to one, whatever the
 * clock says; when they differ, the time was set, or the file came from elsewhere. Another file's
 * name, or another name of a file: two files of one size may have one time.
 */
function mayBeOlder({ mask }: Entry, { changed, modified, links }: Status): boolean {
  return (
    changed !== modified || (mask & IN.MOVED_TO) !== 0 || ((mask & IN.CREATE) !== 0 && links > 1)
  );
}

/** Written again in the tick in which rsync may have read it. */
function writtenInHand(path: BytePath, { modified }: Status, inHandSince: InHandSince): boolean {
  const since = inHandSince(path);
  return since !== undefined && modified >= since - TICK;
}

function belongTogether(quick: readonly Located[], read: readonly Located[]): boolean {
  if (quick.some(isWholeRoot)) return false;
  // A directory taken whole may hold another name of a file to be read, and only a list of both
  // keeps the link.
  if (quick.some(isWhole))
    return read.some(({ status }) => status !== undefined && status.links > 1);
  return (
    quick.reduce((bytes, { status }) => bytes + (status?.kind === 'file' ? status.size : 0), 0) <=
    LITTLE
  );
}

/** Whether a directory is to be taken with everything beneath it. */
export function isWhole({ entry, path, status }: Located): boolean {
  return (
    status?.kind === 'directory' && path === entry.path && (entry.flags & EntryFlag.recursive) !== 0
  );
}

export function isWholeRoot(item: Located): boolean {
  return item.path === ROOT && isWhole(item);
}

type Refusals = Readonly<Record<'all' | 'contents', ReadonlySet<BytePath>>>;

/**
 * The lines for these paths; a directory taken whole is listed with every directory beneath it.
 * @param refused what no recursion enters, or lists
 * @param swept directories of which one level is listed
 */
export function filesFrom(
  items: readonly Located[],
  tree: Tree,
  refused: Refusals,
  swept: readonly BytePath[] = [],
): BytePath[] {
  const alone = new Set<BytePath>();
  const withContent = new Set<BytePath>();
  for (const item of items) {
    // The directory above has a new modification time when a name came or went.
    alone.add(parent(item.path));
    if (isWhole(item)) addWhole(item.path, tree, refused, { alone, withContent });
    else alone.add(item.path);
  }
  for (const directory of swept) {
    alone.add(parent(directory));
    withContent.add(directory);
  }
  // Every other line carries the root's attributes; on its own only a one-level listing does.
  alone.delete(ROOT);
  if (alone.size === 0) withContent.add(ROOT);
  // A name that is listed twice, by itself and with the directory it is in, makes rsync lose what
  // it is linked with.
  const plain = [...alone]
    .filter((path) => !withContent.has(path) && !withContent.has(parent(path)))
    .map((path) => `./${path}`);
  return [
    ...plain,
    ...[...withContent].map((path) => (path === ROOT ? './' : `./${path}/`)),
  ] as BytePath[];
}

/** Lines to be: directories listed with their content, and what is listed by itself. */
interface Listed {
  readonly alone: Set<BytePath>;
  readonly withContent: Set<BytePath>;
}

function addWhole(
  directory: BytePath,
  tree: Tree,
  { all, contents }: Refusals,
  { alone, withContent }: Listed,
): void {
  const waiting = [directory];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (all.has(next) || withContent.has(next)) continue;
    if (contents.has(next)) {
      alone.add(next);
      continue;
    }
    withContent.add(next);
    for (const name of tree.subdirectories(next)) waiting.push(join(next, name));
  }
}

/** Those of the paths that are directories, as is everything above them. */
export function standing(paths: Iterable<BytePath>, tree: Tree): BytePath[] {
  const statusOf = (path: BytePath): Status | undefined => tree.lstat(path);
  return [...paths].filter(
    (path) => topmostNoDirectory(path, statusOf) === path && statusOf(path)?.kind === 'directory',
  );
}

function topmostNoDirectory(
  path: BytePath,
  statusOf: (path: BytePath) => Status | undefined,
): BytePath {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash) as BytePath;
    if (statusOf(above)?.kind !== 'directory') return above;
  }
  return path;
}
