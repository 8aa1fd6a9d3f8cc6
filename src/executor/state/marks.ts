/**
 * What is known of the destination's objects, by directory: where the last rows of each are in the
 * segment, and where the changes since are. What is in them is read when it is asked for, so that
 * memory depends on the number of directories alone.
 */
import { ROOT, basename, isWithin, join, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { together } from './places.js';
import type { Place } from './places.js';
import { Flag, Kind, decode, encode, recordOf, rowIn } from './records.js';
import type { Fields, Record } from './records.js';
import { ROW, decodeRows, differInTimes, encodeRows, isDirectory, isUnsaid } from './rows.js';
import { around, isUnsure, isYoung, unsure } from './rows.js';
import type { Rows } from './rows.js';
import type { Segment } from './segment.js';

/** Changes of a directory after which its rows are written anew. */
const MOST_CHANGES = 64;

interface Known {
  /** Undefined: nothing but what `changes` say. */
  readonly rows: Place | undefined;
  /** The walk that found them, and when they were synced: some may be too young. */
  walk?: number | undefined;
  readonly time: number;
  readonly changes: Place[];
}

/** What a walk has found. */
interface Found {
  /** Changes written before are of what the walk saw. */
  readonly since: number;
  readonly directories: Map<BytePath, Place>;
}

export interface MarksContext {
  segment(): Segment;
  /** A record has been appended. */
  written(record: Buffer): void;
}

export class Marks {
  private readonly known = new Map<BytePath, Known>();
  private readonly walks = new Map<number, Found>();
  /** All beneath the root was synced once. */
  hasBase = false;
  /** Bytes of rows and changes that count. */
  private used = 0;
  lastWalk = 0;

  constructor(private readonly context: MarksContext) {}

  /** Bytes that a segment without what no longer counts has, about. */
  get bytes(): number {
    return this.used;
  }

  get isFinding(): boolean {
    return this.walks.size > 0;
  }

  /** To be called when all records have been read: walks that did not end are of the last run. */
  forgetWalks(): void {
    this.walks.clear();
  }

  write(kind: number, fields: Fields): void {
    const record = recordOf(kind, fields);
    const bytes = encode(record);
    this.know(record, this.context.segment().append(bytes), bytes.length);
    this.context.written(bytes);
  }

  /** @param at its place in the segment */
  learn(bytes: Buffer, at: number): void {
    this.know(decode(bytes), at, bytes.length);
  }

  private know(record: Record, at: number, length: number): void {
    const { kind, walk, time, path } = record;
    const rows = { at: at + record.rowsAt, length: record.rows.length };
    this.lastWalk = Math.max(this.lastWalk, walk);
    switch (kind) {
      case Kind.directory:
        return this.put(path, { rows, time: Infinity, changes: [] });
      case Kind.found:
        return void this.walkOf(walk, at).directories.set(path, rows);
      case Kind.settled:
        return this.settle(walk, time);
      case Kind.certain:
        return this.certain(walk);
      case Kind.base:
        this.hasBase = true;
        return;
      case Kind.reset:
        this.known.clear();
        this.walks.clear();
        this.hasBase = false;
        this.used = 0;
        return;
      default:
        return this.change(record, { at, length });
    }
  }

  /** A walk begins. */
  begin(walk: number): void {
    this.walkOf(walk, this.context.segment().size);
  }

  drop(walk: number): void {
    this.walks.delete(walk);
  }

  /** Whether the directory is known to have exactly these rows, as they were listed. */
  isExactly(directory: BytePath, listed: Buffer): boolean {
    const known = this.known.get(directory);
    if (known?.rows === undefined || known.changes.length > 0 || known.time !== Infinity)
      return false;
    return known.rows.length === listed.length && this.read(known.rows).equals(listed);
  }

  rowsOf(directory: BytePath): Rows {
    const known = this.known.get(directory);
    if (known === undefined) return new Map();
    const rows =
      known.rows === undefined ? new Map() : decodeRows(this.read(known.rows), directory === ROOT);
    for (const [name, row] of rows) {
      if (isUnsaid(row)) rows.delete(name);
      else if (known.time !== Infinity && isYoung(row, known.time))
        rows.set(name, unsure(row, false, false));
    }
    for (const change of together(known.changes, (place) => this.read(place)))
      applyTo(rows, decode(change));
    return rows;
  }

  /**
   * Whether something is known of a directory. Of the one above it there is, too, so that what is
   * known can be reached from the root. What a walk has found counts only where its top does.
   */
  isKnown(directory: BytePath): boolean {
    if (directory === ROOT || this.known.has(directory)) return true;
    for (const { directories } of this.walks.values()) {
      const [top] = directories.keys();
      if (top === undefined || top === directory || !directories.has(directory)) continue;
      if (top === ROOT || this.known.has(top)) return true;
    }
    return false;
  }

  /**
   * Writes the rows of a directory anew where there are many changes: not those that are to be
   * applied to what a walk has found once that is synced.
   */
  tidy(directory: BytePath): void {
    for (const { directories } of this.walks.values()) if (directories.has(directory)) return;
    const known = this.known.get(directory);
    if (known === undefined || known.changes.length < MOST_CHANGES) return;
    if (known.changes.length * ROW < (known.rows?.length ?? 0)) return;
    this.write(Kind.directory, { path: directory, rows: encodeRows(this.rowsOf(directory)) });
  }

  /** All directories that can be reached from the root, with their rows. */
  *all(): Generator<[directory: BytePath, rows: Rows]> {
    for (const waiting = [ROOT]; waiting.length > 0;) {
      const directory = waiting.pop() as BytePath;
      const rows = this.rowsOf(directory);
      yield [directory, rows];
      for (const [name, row] of rows)
        if (name !== '' && isDirectory(row)) waiting.push(join(directory, name));
    }
  }

  private walkOf(walk: number, since: number): Found {
    let found = this.walks.get(walk);
    if (found === undefined) this.walks.set(walk, (found = { since, directories: new Map() }));
    this.lastWalk = Math.max(this.lastWalk, walk);
    return found;
  }

  private settle(walk: number, time: number): void {
    const found = this.walks.get(walk);
    if (found === undefined) return;
    this.walks.delete(walk);
    this.forgetOthers(found);
    for (const [path, rows] of found.directories) {
      const changes = this.known.get(path)?.changes.filter(({ at }) => at > found.since) ?? [];
      this.put(path, { rows, walk, time, changes });
    }
  }

  /** Directories that a walk over what was known has not found: they have gone without an event. */
  private forgetOthers({ since, directories }: Found): void {
    const [top] = directories.keys();
    if (top === undefined || this.known.get(top)?.rows === undefined) return;
    for (const [path, known] of this.known) {
      if (directories.has(path) || !isWithin(path, top)) continue;
      if (known.changes.some(({ at }) => at > since)) continue;
      this.used -= sizeOf(known);
      this.known.delete(path);
    }
  }

  private certain(walk: number): void {
    for (const [path, known] of this.known)
      if (known.walk === walk) this.put(path, { ...known, walk: undefined, time: Infinity });
  }

  private change(record: Record, place: Place): void {
    const { path } = record;
    const isDir = makesDirectory(record);
    if (isDir === false) this.empty(path);
    const known = this.enter(directoryOf(path));
    known.changes.push(place);
    this.used += place.length;
    if (isDir === true) this.enter(path);
  }

  private enter(directory: BytePath): Known {
    let known = this.known.get(directory);
    if (known === undefined)
      this.known.set(directory, (known = { rows: undefined, time: Infinity, changes: [] }));
    return known;
  }

  /**
   * Forgets a directory and those beneath it: another one may come to its path, or it comes back,
   * with directories in it that are as they were.
   */
  private empty(top: BytePath): void {
    if (top === ROOT) return;
    for (const waiting = [top]; waiting.length > 0;) {
      const path = waiting.pop() as BytePath;
      const known = this.known.get(path);
      if (known === undefined) continue;
      for (const [name, row] of this.rowsOf(path))
        if (isDirectory(row)) waiting.push(join(path, name));
      this.used -= sizeOf(known);
      this.known.delete(path);
    }
  }

  private put(path: BytePath, known: Known): void {
    this.used += sizeOf(known) - sizeOf(this.known.get(path));
    this.known.set(path, known);
  }

  private read({ at, length }: Place): Buffer {
    return this.context.segment().record(at, length);
  }
}

function sizeOf(known: Known | undefined): number {
  if (known === undefined) return 0;
  return (known.rows?.length ?? 0) + known.changes.reduce((sum, { length }) => sum + length, 0);
}

/** The directory whose rows have a path; the root is in itself. */
export function directoryOf(path: BytePath): BytePath {
  return path === ROOT ? ROOT : parent(path);
}

export function nameIn(path: BytePath): BytePath {
  return path === ROOT ? ROOT : basename(path);
}

/** Whether the path is known as a directory by a record, or no longer; undefined: it stays so. */
function makesDirectory(record: Record): boolean | undefined {
  if (record.kind === Kind.set) return isDirectory(rowIn(record));
  if (record.kind === Kind.gone) return false;
  return record.kind === Kind.begun && (record.flag & Flag.directory) !== 0 ? true : undefined;
}

function applyTo(rows: Rows, record: Record): void {
  const name = nameIn(record.path);
  const row = rows.get(name);
  switch (record.kind) {
    case Kind.set:
      return void rows.set(name, rowIn(record));
    case Kind.gone:
      return void rows.delete(name);
    case Kind.times:
      if (row !== undefined && !isUnsure(row) && differInTimes(row, rowIn(record)))
        rows.set(name, rowIn(record));
      return;
    case Kind.around:
      // Nothing is known of a directory that is not there any longer.
      if (row !== undefined || record.flag !== 0) rows.set(name, around(row, record.flag !== 0));
      return;
    case Kind.begun: {
      const { flag } = record;
      const isDir = (flag & Flag.directory) !== 0;
      return void rows.set(name, unsure(row, (flag & Flag.beneath) !== 0, isDir));
    }
  }
}
