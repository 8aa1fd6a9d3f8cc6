/**
 * The list for rsync's `--files-from=- --from0`, run without `-r` and with `--delete
 * --delete-missing-args --force`. Pure, but for the tree it asks.
 *
 * The meaning of a line to rsync (3.5.0, found by experiment): `./f` transfers f and the attributes
 * of the directories above, the root included; `./d` transfers the directory alone; `./d/`
 * transfers one level of it and deletes stale names at the destination; an absent name is deleted
 * there.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROOT, directoriesAbove, join, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { IN } from '../../shared/inotify-mask.js';
import type { Copies } from './copies.js';
import type { Status, Tree } from './tree.js';

/** A dirty path and the path that represents it in a list. */
export interface Located {
  readonly entry: Entry;
  /**
   * The entry's path, or the topmost path above it that is not a directory: nothing exists beneath
   * that.
   */
  readonly path: BytePath;
  readonly status: Status | undefined;
  /** At the destination it shares an inode with a name that is another inode in the source. */
  readonly tied?: boolean;
}

/** `quick`: rsync's quick check is enough. `read`: contents must be compared. */
export interface Parted {
  readonly quick: readonly Located[];
  readonly read: readonly Located[];
}

const CONTENT = IN.MODIFY | IN.CLOSE_WRITE | IN.CREATE | IN.MOVED_TO;
const LEFT = IN.DELETE | IN.MOVED_FROM | IN.DELETE_SELF | IN.MOVE_SELF;
/** Bytes: reading this much takes less time than starting another rsync. */
const LITTLE = 1 << 20;
/** Directories read in one turn of the event loop. */
const READ_AT_ONCE = 256;

/**
 * When the last sync of this path began, in milliseconds since the epoch; undefined: none in the
 * last seconds.
 */
export type InHandSince = (path: BytePath) => number | undefined;

/**
 * Finds the path that represents each entry in a list. Never looks beneath a path that is not a
 * directory.
 */
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
 * Separates the entries for which rsync's quick check is enough from files that must be read. All
 * names of one inode stay in one part, as `-H` needs them in one list.
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

/** Whether size and time may be the same as at the destination although the content differs. */
function isDoubtful(item: Located, copies: Copies, inHandSince: InHandSince): boolean {
  return (
    mayBeDoubtful(item, copies.coarse, inHandSince) &&
    copies.mayLookEqual(item.path, item.status as Status)
  );
}

/** Like `isDoubtful`, without a look at the destination. @param coarse see `Copies.coarse` */
export function mayBeDoubtful(
  { entry, path, status }: Located,
  coarse: boolean,
  inHandSince: InHandSince,
): boolean {
  return (
    status?.kind === 'file' &&
    status.size > 0 &&
    path === entry.path &&
    (entry.mask & CONTENT) !== 0 &&
    (coarse || mayBeOlder(entry, status) || writtenInHand(path, status, inHandSince))
  );
}

/**
 * Whether the modification time may belong to another content. A write sets the modification and
 * the change time to the same value; when they differ, a program set the modification time, or the
 * file was moved here. A move or a link may also put another file of the same size and time at this
 * path.
 */
function mayBeOlder({ mask }: Entry, { changed, modified, links }: Status): boolean {
  return (
    changed !== modified || (mask & IN.MOVED_TO) !== 0 || ((mask & IN.CREATE) !== 0 && links > 1)
  );
}

/** Whether it was written again within the clock tick in which rsync may have read it. */
function writtenInHand(path: BytePath, { modified }: Status, inHandSince: InHandSince): boolean {
  const since = inHandSince(path);
  return since !== undefined && modified >= since - TICK;
}

function belongTogether(quick: readonly Located[], read: readonly Located[]): boolean {
  if (quick.some(isWholeRoot)) return false;
  // A directory synced whole may contain another name of a file to be read, and only a list of both
  // preserves the hard link.
  if (quick.some(isWhole))
    return read.some(({ status }) => status !== undefined && status.links > 1);
  return (
    quick.reduce((bytes, { status }) => bytes + (status?.kind === 'file' ? status.size : 0), 0) <=
    LITTLE
  );
}

/** Whether it is a directory to be synced with everything beneath it. */
export function isWhole({ entry, path, status }: Located): boolean {
  return (
    status?.kind === 'directory' && path === entry.path && (entry.flags & EntryFlag.recursive) !== 0
  );
}

/** Whether it is synced whole, and no directory that was here before has left its path. */
export function isNewWhole(item: Located): boolean {
  const { before, mask } = item.entry;
  return isWhole(item) && (before !== ObjectType.directory || (mask & LEFT) === 0);
}

export function isWholeRoot(item: Located): boolean {
  return item.path === ROOT && isWhole(item);
}

type Refusals = Readonly<Record<'all' | 'contents', ReadonlySet<BytePath>>>;

/** A list for rsync. */
export interface List {
  readonly lines: readonly BytePath[];
  /**
   * Directories of which one level is listed although only some names in it are to be synced: to
   * carry the root's attributes, or because a name in it is swept.
   */
  readonly levels: readonly BytePath[];
  /** The names in `levels` that are listed, or lead to what is listed. */
  readonly wanted: readonly BytePath[];
}

/**
 * The list for these paths; a directory synced whole is listed with every directory beneath it.
 * @param refused paths that a recursion neither enters nor lists
 * @param swept directories to be listed with one level of their content
 */
export async function filesFrom(
  items: readonly Located[],
  tree: Tree,
  refused: Refusals,
  swept: readonly BytePath[] = [],
): Promise<List> {
  const alone = new Set<BytePath>();
  const withContent = new Set<BytePath>();
  for (const item of items) {
    // The directory above gets a new modification time when a name appears or vanishes.
    alone.add(parent(item.path));
    if (isWhole(item)) await addWhole(item.path, tree, refused, { alone, withContent });
    else alone.add(item.path);
  }
  for (const directory of swept) alone.add(parent(directory));
  // Every other line also transfers the root's attributes; without one, the root must be listed
  // with one level.
  alone.delete(ROOT);
  const levels = [...swept, ...(alone.size === 0 ? [ROOT] : [])].filter(
    (directory) => !withContent.has(directory) && !(directory === ROOT && refused.all.has(ROOT)),
  );
  const wanted = wantedIn(new Set(levels), [...alone, ...withContent, ...levels]);
  for (const level of levels) withContent.add(level);
  // When a name is listed twice, alone and with the content of its directory, rsync loses its hard
  // links.
  const plain = [...alone]
    .filter((path) => !withContent.has(path) && !withContent.has(parent(path)))
    .map((path) => `./${path}`);
  const lines = [
    ...plain,
    ...[...withContent].map((path) => (path === ROOT ? './' : `./${path}/`)),
  ] as BytePath[];
  return { lines, levels: [...new Set(levels)], wanted };
}

/** The names directly in these directories that are, or lead to, one of the paths. */
function wantedIn(directories: ReadonlySet<BytePath>, paths: readonly BytePath[]): BytePath[] {
  if (directories.size === 0) return [];
  const wanted = new Set<BytePath>();
  for (const path of paths)
    for (const at of [path, ...directoriesAbove(path)])
      if (at !== ROOT && directories.has(parent(at))) wanted.add(at);
  return [...wanted];
}

/** Lines to be written: paths listed alone, and directories listed with their content. */
interface Listed {
  readonly alone: Set<BytePath>;
  readonly withContent: Set<BytePath>;
}

async function addWhole(
  directory: BytePath,
  tree: Tree,
  { all, contents }: Refusals,
  { alone, withContent }: Listed,
): Promise<void> {
  const waiting = [directory];
  let read = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (all.has(next) || withContent.has(next)) continue;
    if (contents.has(next)) {
      alone.add(next);
      continue;
    }
    withContent.add(next);
    if (++read % READ_AT_ONCE === 0) await nextTurn();
    for (const name of tree.subdirectories(next)) waiting.push(join(next, name));
  }
}

/** The paths that are directories and have only directories above them. */
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
