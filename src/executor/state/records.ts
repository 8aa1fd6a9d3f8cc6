/** The records of a segment: what is known of paths at the destination. */
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Row } from './rows.js';
import { ROW } from './rows.js';

export const Kind = {
  /** All that is in a directory: rows. */
  directory: 1,
  /** The same as a walk found it: counts once the walk is `settled`. */
  found: 2,
  /** A walk's directories were synced, by a sync that began at a time. */
  settled: 3,
  /** Nothing of them has changed since that time: no row is too young. */
  certain: 4,
  /** A path was synced, and was this. */
  set: 5,
  /** A path was synced, and nothing was there. */
  gone: 6,
  /** What has changed in a directory was synced: these are its times. */
  times: 7,
  /** A path is about to be synced. `flag`: bits 1 with all beneath it, 2 it is a directory. */
  begun: 8,
  /** All is forgotten. */
  reset: 9,
  /** All beneath the root has been synced. */
  base: 10,
  /** Whether other names in a directory may be at the destination than are known: `flag` 1 or 0. */
  around: 11,
} as const;

export const Flag = { beneath: 1, directory: 2 } as const;

export interface Record {
  readonly kind: number;
  readonly flag: number;
  /** Number of a walk. */
  readonly walk: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly path: BytePath;
  /** Rows of a directory; or one row. */
  readonly rows: Buffer;
  /** Where `rows` begin in the record. */
  readonly rowsAt: number;
}

const HEAD = 16;
const NO_ROWS = Buffer.alloc(0);
/** Filled for each record and copied: to make buffers costs more than what is written. */
const head = new DataView(new ArrayBuffer(HEAD));
const headBytes = new Uint8Array(head.buffer);

export type Fields = Partial<Pick<Record, 'flag' | 'walk' | 'time' | 'path' | 'rows'>>;

export function recordOf(kind: number, fields: Fields): Record {
  const { flag = 0, walk = 0, time = 0, path = '' as BytePath, rows = NO_ROWS } = fields;
  return { kind, flag, walk, time, path, rows, rowsAt: HEAD + path.length };
}

export function encode({ kind, flag, walk, time, path, rows, rowsAt }: Record): Buffer {
  head.setUint8(0, kind);
  head.setUint8(1, flag);
  head.setUint16(2, path.length, true);
  head.setUint32(4, walk, true);
  head.setFloat64(8, time, true);
  const bytes = Buffer.allocUnsafe(rowsAt + rows.length);
  bytes.set(headBytes);
  bytes.write(path, HEAD, 'latin1');
  bytes.set(rows, rowsAt);
  return bytes;
}

export function decode(bytes: Buffer): Record {
  const rowsAt = HEAD + bytes.readUInt16LE(2);
  return {
    kind: bytes[0] as number,
    flag: bytes[1] as number,
    walk: bytes.readUInt32LE(4),
    time: bytes.readDoubleLE(8),
    path: fromBuffer(bytes.subarray(HEAD, rowsAt)),
    rows: bytes.subarray(rowsAt),
    rowsAt,
  };
}

/** The single row of a record. */
export function rowIn({ rows }: Pick<Record, 'rows'>): Row {
  return rows.subarray(0, ROW);
}
