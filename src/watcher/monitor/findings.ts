/**
 * Decodes findings: the record `struct finding` of src/native/watch/report.h, little-endian,
 * followed by the path and the origin.
 */
import { viewOf } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { ObjectType } from '../../shared/entry.js';

export const Found = {
  object: 1,
  /** A directory that is new or was moved here: to be walked. */
  directory: 2,
  /** A name of a file with several names, found by a walk. */
  link: 3,
  refused: 4,
  released: 5,
  problem: 6,
  overflow: 7,
  rootGone: 8,
  /** A node has been removed from the table; its number, `target`, may be used again. */
  forgotten: 9,
  /**
   * A directory of the table, `target`, is not at the path the table has: to be looked at again.
   */
  displaced: 10,
  /**
   * The walk that began with `target` is over; `target` is `NONE` when that directory has left the
   * tree meanwhile.
   */
  walked: 11,
  /** A sequence of events was coalesced. */
  fellBack: 12,
  /** A directory of the table is no longer at this path, there may be no event for it. */
  gone: 13,
  /** Something was mounted or unmounted, here or elsewhere. */
  mounts: 14,
  /**
   * A file was written to in a directory that has left its path; the file cannot be identified any
   * longer.
   */
  unidentified: 15,
  /**
   * A file that was opened without a name was written to; the kernel calls it `#` and its inode's
   * number.
   */
  unnamed: 16,
  /**
   * The directory `target` was compared: the signature is the digest of what is in it, `since` the
   * latest time of a change in it (st_ctim, milliseconds since 1970), `detail` `WATCHED` if it has
   * a watch, `errno` why it got none. Absent: it is not at the path the table has.
   */
  polled: 17,
  /**
   * What a walk has found in a directory, as `rows`; `detail` as `LISTED` (messages.ts) has it.
   */
  listing: 18,
  /** The signature of what the listing has at this path. */
  signature: 19,
  /** Nobody tells any longer where directories are: events cannot be placed. */
  nobody: 20,
  /**
   * Of the directory `target`, not all names that events were about are told: it has to be taken as
   * a whole. `UNIDENTIFIED`: one was that of a file without a name.
   */
  crowd: 21,
} as const;

export const Problem = {
  open: 1,
  /** The directory `target` has no watch. */
  watch: 2,
  pathTooLong: 3,
  /** The directory `target` is in a file system that changes without events. */
  silent: 4,
  /** The directory `target` could not be read to its end. */
  list: 5,
} as const;

/**
 * `detail` of an object: a file was written to through this name, and left the name before it was
 * looked at. It cannot be identified.
 */
export const UNIDENTIFIED = 1;
/** Likewise, but of a file that was there before, so that it is one that may be known. */
export const LEFT = 4;
/** `detail` of a link: a search has found it beside what was searched for. */
export const NOTICED = 8;
/**
 * `detail` of an object or a refusal: what is in the directory is refused, as it is another file
 * system; the directory itself is not.
 */
export const CONTENT = 2;

/** `detail` of a directory that was compared. */
export const WATCHED = 1;

/** No node. */
export const NONE = 0xffffffff;

export interface Finding {
  readonly kind: number;
  readonly type: ObjectType;
  /** One of `Problem`; or, for an object, `UNIDENTIFIED` or `CONTENT`. */
  readonly detail: number;
  /** For directories: bits of the actions the rules allow. */
  readonly actions: number;
  /** All event bits, those of the first event and those of the last; 0 for what a walk found. */
  readonly mask: number;
  readonly first: number;
  readonly last: number;
  /**
   * `node`: the directory the object is in. `target`: the object itself if it is a directory of the
   * table. Else `NONE`.
   */
  readonly node: number;
  readonly target: number;
  readonly nlink: number;
  readonly errno: number;
  /**
   * Milliseconds of CLOCK_MONOTONIC at which the first event was read, and at which it had not
   * happened yet; 0 for what a walk found. On a busy machine they lie apart: `since` counts delays,
   * `after` is compared with times of files.
   */
  readonly since: number;
  readonly after: number;
  readonly size: number;
  /** Device and inode as one key. */
  readonly inode: string;
  /** 64 bits in two numbers; see signatures.ts. */
  readonly signatureLow: number;
  readonly signatureHigh: number;
  readonly path: BytePath;
  /** The path it was moved from, if events say so. */
  readonly origin: BytePath | undefined;
  /** Of a listing, see src/native/watch/listing.h. */
  readonly rows?: Buffer;
}

/** The inode's number alone: 8 bytes. */
export function numberOf({ inode }: Finding): string {
  return inode.slice(8);
}

/** The inode's number, as `numberOf` has it, of a file that the kernel calls `#` and its number. */
export function numberOfUnnamed({ path }: Finding): string {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(BigInt.asUintN(64, BigInt(path.slice(path.lastIndexOf('#') + 1))));
  return number.toString('latin1');
}

const HEADER = 96;

export function* decodeFindings(buffer: Buffer): Generator<Finding> {
  const view = viewOf(buffer);
  for (let at = 0; at < buffer.length;) {
    const size = view.getUint32(at + 4, true);
    const origin = at + HEADER + view.getUint32(at + 36, true);
    const originLength = view.getUint32(at + 80, true);
    const kind = view.getUint8(at);
    const isListing = kind === Found.listing;
    const found: Finding = {
      kind,
      type: view.getUint8(at + 1) as ObjectType,
      detail: view.getUint8(at + 2),
      actions: view.getUint8(at + 3),
      mask: view.getUint32(at + 8, true),
      first: view.getUint32(at + 12, true),
      last: view.getUint32(at + 16, true),
      node: view.getUint32(at + 20, true),
      target: view.getUint32(at + 24, true),
      nlink: view.getUint32(at + 28, true),
      errno: view.getUint32(at + 32, true),
      since: view.getFloat64(at + 40, true),
      after: view.getFloat64(at + 88, true),
      inode: buffer.toString('latin1', at + 48, at + 64),
      size: view.getUint32(at + 64, true) + view.getUint32(at + 68, true) * 2 ** 32,
      signatureLow: view.getUint32(at + 72, true),
      signatureHigh: view.getUint32(at + 76, true),
      path: buffer.toString('latin1', at + HEADER, origin) as BytePath,
      origin:
        originLength === 0 || isListing
          ? undefined
          : (buffer.toString('latin1', origin, origin + originLength) as BytePath),
    };
    yield isListing ? { ...found, rows: buffer.subarray(origin, origin + originLength) } : found;
    at += size;
  }
}
