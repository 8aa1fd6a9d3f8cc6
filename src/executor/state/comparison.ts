/**
 * Compares what the first walk lists with what is known to be at the destination, directory by
 * directory, and makes entries of the differences. Only these are kept until the walk is over, when
 * an object that is gone from one path and new at another is one that was moved.
 */
import { ROOT, join, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { decodeRows, differInTimes, hasOtherNames, hasSameContent, inodeOf } from './rows.js';
import { isDirectory } from './rows.js';
import { isSame, isUnsaid, isUnsure, isUnsureBeneath, typeOf } from './rows.js';
import type { Row, Rows } from './rows.js';

/** What is known. */
export interface Memory {
  isExactly(directory: BytePath, listed: Buffer): boolean;
  rowsOf(directory: BytePath): Rows;
  /** All directories, with their rows. */
  all(): Iterable<[directory: BytePath, rows: Rows]>;
}

export const NOTHING: Memory = {
  isExactly: () => false,
  rowsOf: () => new Map<BytePath, Row>(),
  all: () => [],
};

interface Difference {
  readonly path: BytePath;
  /** Undefined: nothing. */
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export class Comparison {
  private readonly differences: Difference[] = [];
  /** Directories that differ in times only: what has changed in them may be the reason. */
  private readonly older = new Map<BytePath, Difference>();
  /** Directories that are handed over with all beneath them. */
  private readonly whole = new Set<BytePath>();
  /** Of those that were there before and not synced to the end: inodes in them with other names. */
  private readonly unsettled = new Map<BytePath, Set<string>>();

  /**
   * @param takesWhole a new directory is one entry; otherwise each object in it is
   * @param isAsBefore whether nothing that counts has changed
   */
  constructor(
    private readonly memory: Memory,
    private readonly takesWhole: boolean,
    private readonly isAsBefore: typeof isSame,
  ) {}

  /** The directory at or above the path that is handed over as a whole; undefined: none is. */
  wholeAbove(path: BytePath): BytePath | undefined {
    return oneAbove(path, this.whole);
  }

  /**
   * Compares one directory. Returns whether what is known is right, but was not written like this.
   */
  directory(directory: BytePath, listed: Buffer): boolean {
    if (this.memory.isExactly(directory, listed)) return false;
    const known = this.memory.rowsOf(directory);
    const found = decodeRows(listed, directory === ROOT);
    const before = this.differences.length;
    const older = this.older.size;
    let [isOtherList, isOld] = [false, false];
    for (const [name, after] of found) {
      const row = known.get(name);
      known.delete(name);
      // What was not handed over stays known as it was: other fields may count in a later run.
      const isUnchanged = isUnsaid(after) || (row !== undefined && this.isAsBefore(row, after));
      if (isUnchanged) isOld ||= row !== undefined && !isSame(row, after);
      if (isUnchanged) continue;
      isOtherList ||= row === undefined || isDirectory(row) !== isDirectory(after);
      this.differ({ path: name === '' ? directory : join(directory, name), before: row, after });
    }
    for (const [name, row] of known) {
      if (name === '') continue;
      isOtherList = true;
      this.gone(join(directory, name), row);
    }
    if (isOtherList) this.older.delete(directory);
    const isRight = this.differences.length === before && this.older.size === older;
    return isRight && !isOtherList && !isOld;
  }

  /** What is in a directory that is handed over with one at or above it. */
  beneathWhole(top: BytePath, listed: Buffer): void {
    const inodes = this.unsettled.get(top);
    if (inodes === undefined) return;
    for (const row of decodeRows(listed, false).values())
      if (!isUnsaid(row) && hasOtherNames(row)) inodes.add(inodeOf(row));
  }

  private differ(difference: Difference): void {
    const { path, before, after } = difference;
    if (before !== undefined && after !== undefined && isDirectory(after)) {
      if (!isUnsure(before) && differInTimes(before, after))
        return void this.older.set(path, difference);
    }
    this.differences.push(difference);
    if (this.takesWhole && isWhole(difference)) {
      this.whole.add(path);
      if (before !== undefined && isDirectory(before)) this.unsettled.set(path, new Set());
    }
    // What was beneath it is gone, though no directory says so.
    if (wasDirectory(difference)) this.beneath(path);
  }

  private gone(path: BytePath, row: Row): void {
    this.differences.push({ path, before: row, after: undefined });
    if (isDirectory(row)) this.beneath(path);
  }

  /** Handlers that take each object by itself are told of each that is gone. */
  private beneath(directory: BytePath): void {
    if (this.takesWhole) return;
    for (const [name, row] of this.memory.rowsOf(directory))
      if (name !== '') this.gone(join(directory, name), row);
  }

  /** Paths that were being synced when the former run ended. */
  get unsure(): Iterable<BytePath> {
    return this.differences.flatMap(({ path, before }) =>
      before !== undefined && isUnsure(before) ? [path] : [],
    );
  }

  /** The walk is over. @param since milliseconds of CLOCK_MONOTONIC */
  *entries(since: number): Generator<Entry> {
    const moved = this.moves();
    const origins = new Set(moved.values());
    for (const difference of [...this.differences, ...this.older.values()]) {
      const origin = moved.get(difference.path);
      yield {
        ...entryOf(difference, origin !== undefined, origins.has(difference.path), this.takesWhole),
        since,
        ...(origin === undefined ? {} : { origin }),
      };
    }
    for (const path of this.tied()) yield { ...tiedEntry(path), since };
  }

  /**
   * The names that stay of inodes of which another name was in a directory that is gone, or has not
   * been synced. It may be in a new one, whose sync is to tie both. The change of a file's own name
   * is a change of all.
   */
  private *tied(): Generator<BytePath> {
    if (!this.takesWhole) return;
    const gone = new Set(this.differences.filter(wasDirectory).map(({ path }) => path));
    const inodes = new Set([...this.unsettled.values()].flatMap((found) => [...found]));
    for (const top of gone) this.collectTied(top, inodes);
    for (const { before, after } of this.differences)
      if (after !== undefined && hasOtherNames(after) && (before === undefined || isUnsure(before)))
        inodes.add(inodeOf(after));
    if (inodes.size === 0) return;
    const differing = new Set(this.differences.map(({ path }) => path));
    for (const [directory, rows] of this.memory.all()) {
      if ((oneAbove(directory, gone) ?? this.wholeAbove(directory)) !== undefined) continue;
      for (const [name, row] of rows) {
        const path = join(directory, name);
        if (hasOtherNames(row) && inodes.has(inodeOf(row)) && !differing.has(path)) yield path;
      }
    }
  }

  /** Of what was beneath a directory. */
  private collectTied(top: BytePath, inodes: Set<string>): void {
    for (const waiting = [top]; waiting.length > 0;) {
      const directory = waiting.pop() as BytePath;
      for (const [name, row] of this.memory.rowsOf(directory))
        if (name === '') continue;
        else if (isDirectory(row)) waiting.push(join(directory, name));
        else if (hasOtherNames(row)) inodes.add(inodeOf(row));
    }
  }

  /** By the new paths: the old ones. */
  private moves(): Map<BytePath, BytePath> {
    const away = new Map<string, Difference>();
    for (const one of this.differences)
      if (one.after === undefined && one.before !== undefined && !isUnsure(one.before))
        away.set(inodeOf(one.before), one);
    const moved = new Map<BytePath, BytePath>();
    for (const { path, before, after } of this.differences) {
      if (before !== undefined || after === undefined) continue;
      const from = away.get(inodeOf(after));
      if (from?.before === undefined || isDirectory(from.before) !== isDirectory(after)) continue;
      if (isDirectory(after) || hasSameContent(from.before, after)) moved.set(path, from.path);
    }
    return moved;
  }
}

function wasDirectory({ before, after }: Difference): boolean {
  return (
    before !== undefined && isDirectory(before) && (after === undefined || !isDirectory(after))
  );
}

/** The one of these paths that is the path itself, or a directory above it. */
function oneAbove(path: BytePath, tops: ReadonlySet<BytePath>): BytePath | undefined {
  if (tops.size === 0) return undefined;
  for (let at = path; ; at = parent(at)) {
    if (tops.has(at)) return at;
    if (at === ROOT) return undefined;
  }
}

/** As of another name of an inode that has gained or lost one. */
function tiedEntry(path: BytePath): Omit<Entry, 'since'> {
  const { initial, linked } = EntryFlag;
  const { file } = ObjectType;
  return { path, mask: IN.ATTRIB, before: file, after: file, flags: initial | linked };
}

/** Whether a directory is handed over with all beneath it. */
function isWhole({ before, after }: Difference): boolean {
  if (after === undefined || !isDirectory(after)) return false;
  return before === undefined || !isDirectory(before) || isUnsureBeneath(before);
}

function entryOf(
  difference: Difference,
  cameFrom: boolean,
  wentAway: boolean,
  takesWhole: boolean,
): Omit<Entry, 'since'> {
  const { path, before, after } = difference;
  const isDir = isDirectory((after ?? before) as Row);
  const whole = takesWhole && isWhole(difference);
  const { initial, recursive, implied } = EntryFlag;
  return {
    path,
    mask: (maskOf(difference, cameFrom, wentAway) | (isDir ? IN.ISDIR : 0)) >>> 0,
    before: before === undefined ? ObjectType.absent : typeOf(before),
    after: after === undefined ? ObjectType.absent : typeOf(after),
    flags:
      initial |
      (whole ? recursive : 0) |
      // A handler that gets directories as a whole removes an absent one with all that was in it.
      (takesWhole && after === undefined ? implied : 0),
  };
}

function maskOf({ before, after }: Difference, cameFrom: boolean, wentAway: boolean): number {
  if (after === undefined) return wentAway ? IN.MOVED_FROM : IN.DELETE;
  if (before === undefined || isDirectory(before) !== isDirectory(after))
    return cameFrom ? IN.MOVED_TO : IN.CREATE;
  const touched = isDirectory(after) || hasSameContent(before, after);
  return touched ? IN.ATTRIB : IN.MODIFY | IN.CLOSE_WRITE;
}
