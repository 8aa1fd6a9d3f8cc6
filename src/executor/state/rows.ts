/**
 * Rows: what lstat(2) says of an object, as the watcher's walks list it
 * (src/native/watch/listing.h) and as it is kept. 48 bytes of fields, and the name.
 */
import { lstatSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROOT, display, fromBuffer, join, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { ProtocolError } from '../../shared/frames.js';
import type { SignatureField } from '../../shared/settings.js';
import { codeOf } from '../../shared/system-errors.js';

/** The fields without the name. */
export type Row = Buffer;
/** The rows of a directory, by name. The root's own row is in the root, and has no name. */
export type Rows = Map<BytePath, Row>;

export const ROW = 48;
/** Paths looked at before the event loop has a turn. */
const TURN = 512;
/** Offsets of the fields. */
const AT = {
  name: 1,
  otherNames: 2,
  mode: 4,
  inode: 16,
  size: 24,
  changed: 32,
  modified: 40,
} as const;

/** From and to. */
const PLACES: Readonly<Partial<Record<SignatureField, readonly [number, number]>>> = {
  mode: [AT.mode, AT.mode + 4],
  uid: [AT.mode + 4, AT.mode + 8],
  gid: [AT.mode + 8, AT.inode],
  ino: [AT.inode, AT.size],
  size: [AT.size, AT.changed],
  ctime: [AT.changed, AT.modified],
  mtime: [AT.modified, ROW],
};

export const RowKind = { file: 1, directory: 2, refused: 3, undecided: 4 } as const;
const KIND = 0x0f;
/** What is at the destination may be another: it was being synced. */
const UNSURE = 0x10;
/** That also holds for all beneath it. */
const UNSURE_BENEATH = 0x20;
/** Of a directory: other names in it may be at the destination than are known. */
const UNSURE_AROUND = 0x40;

export function isDirectory(row: Row): boolean {
  return ((row[0] as number) & KIND) === RowKind.directory;
}

/** Whether the watcher says nothing of what is there: it is refused, or could not be looked at. */
export function isUnsaid(row: Row): boolean {
  return ((row[0] as number) & KIND) >= RowKind.refused;
}

export function isUnsure(row: Row): boolean {
  return ((row[0] as number) & UNSURE) !== 0;
}

export function isUnsureBeneath(row: Row): boolean {
  return ((row[0] as number) & (UNSURE_BENEATH | UNSURE_AROUND)) !== 0;
}

/** @param row of an object that is known; undefined: of one that is not, a directory or not */
export function unsure(row: Row | undefined, beneath: boolean, directory: boolean): Row {
  const copy = row === undefined ? Buffer.alloc(ROW) : Buffer.from(row);
  if (row === undefined) copy[0] = directory ? RowKind.directory : RowKind.file;
  copy[0] = (copy[0] as number) | UNSURE | (beneath ? UNSURE_BENEATH : 0);
  return copy;
}

/** @param isUnsure whether names in this directory are not known */
export function around(row: Row | undefined, isUnsure: boolean): Row {
  const copy = row === undefined ? unsure(row, false, true) : Buffer.from(row);
  copy[0] = ((copy[0] as number) & ~UNSURE_AROUND) | (isUnsure ? UNSURE_AROUND : 0);
  return copy;
}

/** Whether it is no directory, and its inode had several names. States of old versions say no. */
export function hasOtherNames(row: Row): boolean {
  return row[AT.otherNames] === 1;
}

export function typeOf(row: Row): ObjectType {
  return isDirectory(row) ? ObjectType.directory : ObjectType.file;
}

/** Of file systems with inodes; what was renamed keeps it. */
export function inodeOf(row: Row): string {
  return row.toString('latin1', AT.inode, AT.size);
}

export function isSame(one: Row, other: Row): boolean {
  return one[0] === other[0] && one.compare(other, AT.mode, ROW, AT.mode, ROW) === 0;
}

/** As `isSame`, for these fields; for all, where none is given, or one that rows do not have. */
export function samenessBy(fields: readonly SignatureField[]): typeof isSame {
  const places = fields.map((field) => PLACES[field]);
  if (places.length === 0 || places.includes(undefined)) return isSame;
  return (one, other) =>
    one[0] === other[0] &&
    places.every(([from, to] = [AT.mode, ROW]) => one.compare(other, from, to, from, to) === 0);
}

/** Of directories: only the times (and the size) differ, as of one in which something changed. */
export function differInTimes(one: Row, other: Row): boolean {
  return one[0] === other[0] && one.compare(other, AT.mode, AT.size, AT.mode, AT.size) === 0;
}

export function hasSameContent(one: Row, other: Row): boolean {
  const sizes = one.compare(other, AT.size, AT.changed, AT.size, AT.changed);
  return sizes === 0 && one.compare(other, AT.modified, ROW, AT.modified, ROW) === 0;
}

/**
 * Whether the object may have changed again after `time` (milliseconds since 1970) without another
 * st_ctim, as clocks of files advance in ticks.
 */
export function isYoung(row: Row, time: number): boolean {
  return Number(row.readBigInt64LE(AT.changed)) / 1e6 > time - TICK;
}

/** The row of a path; undefined: nothing is there; null: it cannot be looked at. */
export function look(path: BytePath): Row | undefined | null {
  try {
    const stats = lstatSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
    return stats && rowOf(stats);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '') ? undefined : null;
  }
}

/** Filled for each row and copied: to make buffers costs more than what is written. */
const scratch = new DataView(new ArrayBuffer(ROW));
const scratchBytes = new Uint8Array(scratch.buffer);

function rowOf(stats: BigIntStats): Row {
  const isDir = stats.isDirectory();
  scratch.setUint8(0, isDir ? RowKind.directory : RowKind.file);
  scratch.setUint8(AT.otherNames, !isDir && stats.nlink > 1n ? 1 : 0);
  scratch.setUint32(AT.mode, Number(stats.mode), true);
  scratch.setUint32(AT.mode + 4, Number(stats.uid), true);
  scratch.setUint32(AT.mode + 8, Number(stats.gid), true);
  scratch.setBigUint64(AT.inode, stats.ino, true);
  scratch.setBigUint64(AT.size, stats.size, true);
  scratch.setBigUint64(AT.changed, stats.ctimeNs, true);
  scratch.setBigUint64(AT.modified, stats.mtimeNs, true);
  return Buffer.from(scratchBytes);
}

/** Throws ProtocolError for what is no list of rows. @param isRoot a row without a name may come */
export function decodeRows(bytes: Buffer, isRoot: boolean): Rows {
  const rows: Rows = new Map();
  for (let at = 0; at < bytes.length;) {
    const end = at + ROW + (at + ROW <= bytes.length ? (bytes[at + AT.name] as number) : 0);
    if (end > bytes.length || end === at) throw new ProtocolError('a row that is cut short');
    const row = bytes.subarray(at, at + ROW);
    const name = fromBuffer(bytes.subarray(at + ROW, end));
    const kind = (row[0] as number) & KIND;
    if (kind < RowKind.file || kind > RowKind.undecided) throw new ProtocolError(`row ${kind}`);
    if (!(name === '' ? isRoot : isName(name)))
      throw new ProtocolError(`${display(name)} is no name`);
    rows.set(name, row);
    at = end;
  }
  return rows;
}

function isName(name: BytePath): boolean {
  return name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

export function encodeRows(rows: Rows): Buffer {
  return Buffer.concat(
    [...rows].flatMap(([name, row]) => {
      const copy = Buffer.from(row);
      copy[AT.name] = name.length;
      return [copy, toBuffer(name)];
    }),
  );
}

/** Rows of these paths in a directory, and of those that they are in; the event loop has turns. */
export async function lookAt(
  paths: readonly BytePath[],
  directory: BytePath,
): Promise<Map<BytePath, Row | undefined | null>> {
  const rows = new Map<BytePath, Row | undefined | null>();
  for (const path of paths)
    for (const one of path === ROOT ? [path] : [path, parent(path)]) {
      if (rows.has(one)) continue;
      rows.set(one, look(join(directory, one)));
      if (rows.size % TURN === 0) await nextTurn();
    }
  return rows;
}
