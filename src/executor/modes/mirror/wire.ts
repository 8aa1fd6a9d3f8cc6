/**
 * Rows for the C part of mode mirror, and its answers; numbers and layouts are those of
 * src/native/mirror/terms.h. Little-endian. Pure.
 */
import type { BytePath } from '../../../shared/bytes.js';

/** Bits of `enum mirror_option`. */
export const MirrorOption = {
  /** Without: only groups the process is a member of are compared and set, and no owners. */
  anyOwner: 1,
  devices: 2,
  setId: 4,
  oneFileSystem: 8,
  owner: 16,
  group: 32,
  mode: 64,
  times: 128,
  acls: 256,
  userAttributes: 512,
  capabilities: 1024,
  links: 2048,
} as const;

export interface MirrorTerms {
  /** Bits of `MirrorOption`. */
  readonly options: number;
  /** Seconds by which times of equal objects may differ; -1: compared to the nanosecond. */
  readonly window: number;
  /** Seconds: content is compared unless the copy's change time is later by more than this. */
  readonly margin: number;
  /** As of `struct compare_terms`. */
  readonly sparseLeast: number;
  readonly sparseShare: number;
  /** For long runs, 1 to 64. */
  readonly threads: number;
  /** Bytes from which on only changed blocks are written, where the file system can clone. */
  readonly deltaLeast: number;
}

/** As `mirrorOpen` takes them. */
export function encodeTerms(terms: MirrorTerms): readonly number[] {
  return [
    terms.options,
    terms.window,
    terms.margin,
    terms.sparseLeast,
    terms.sparseShare,
    terms.threads,
    terms.deltaLeast,
  ];
}

/** Bits of `enum mirror_run_option`. */
export const RunOption = {
  keep: 1,
  compare: 2,
  checksum: 4,
  fsync: 8,
  backup: 16,
  ahead: 32,
} as const;

const VERBS = { name: 1, tree: 2, move: 3, remove: 4 } as const;

/** Bits of `enum mirror_row_flag`. */
export const RowFlag = { unwritten: 1, exchange: 2, sweep: 4, suspect: 8 } as const;

export interface MirrorRow {
  readonly verb: keyof typeof VERBS;
  /** Relative to the roots; of `remove`, to the backup root. */
  readonly path: BytePath;
  /** Of `move`. */
  readonly origin?: BytePath;
  /** Bits of `RowFlag`. */
  readonly flags?: number;
}

const ROW = 16;

export function encodeRows(rows: readonly MirrorRow[]): Buffer {
  let length = 0;
  for (const { path, origin = '' } of rows) length += padded(ROW + path.length + origin.length);
  const bytes = Buffer.alloc(length);
  let at = 0;
  for (const { verb, path, origin = '', flags = 0 } of rows) {
    const size = padded(ROW + path.length + origin.length);
    bytes.writeUInt32LE(size, at);
    bytes.writeUInt8(VERBS[verb], at + 4);
    bytes.writeUInt8(flags, at + 5);
    bytes.writeUInt32LE(path.length, at + 8);
    bytes.writeUInt32LE(origin.length, at + 12);
    bytes.write(path + origin, at + ROW, 'latin1');
    at += size;
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 7) & ~7;
}

/** Names of `enum mirror_call`, by number. */
const CALLS = [
  '',
  'open',
  'stat',
  'getdents',
  'read',
  'write',
  'readlink',
  'mkdir',
  'symlink',
  'mknod',
  'link',
  'rename',
  'unlink',
  'rmdir',
  'chown',
  'chmod',
  'getxattr',
  'setxattr',
  'utimensat',
  'fsync',
  'ftruncate',
] as const;

const WHERES = [undefined, 'source', 'destination', 'backup'] as const;

/** Names of the bits of `enum mirror_difference`, the lowest first. */
const DIFFERENCES = [
  'type',
  'content',
  'size',
  'time',
  'owner',
  'group',
  'mode',
  'attributes',
  'missing',
  'extra',
  'links',
  'sparse',
] as const;
export type MirrorDifference = (typeof DIFFERENCES)[number];

/** What stands on one side. */
export interface MirrorSide {
  /** st_mode, with the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
}

interface Place {
  /** The number of the row, which for `tree` stands above the path. */
  readonly row: number;
  readonly path: BytePath;
}

export type MirrorFinding = Place &
  (
    | {
        readonly kind: 'failed';
        readonly call: (typeof CALLS)[number];
        readonly errno: number;
        readonly where: (typeof WHERES)[number];
      }
    | { readonly kind: 'changed' | 'vanished' | 'held' | 'stopped' | 'skipped' }
    | {
        readonly kind: 'differs';
        readonly what: readonly MirrorDifference[];
        readonly source: MirrorSide | undefined;
        readonly destination: MirrorSide | undefined;
      }
  );

/** How often something was done; fields of `struct mirror_summary`. */
export interface MirrorSummary {
  readonly looked: number;
  readonly copied: number;
  readonly bytes: number;
  readonly cloned: number;
  readonly linked: number;
  readonly moved: number;
  readonly removed: number;
  readonly attributes: number;
}

export interface MirrorAnswer {
  readonly summary: MirrorSummary;
  /** A row that none is about is done. */
  readonly findings: readonly MirrorFinding[];
}

const SUMMARY = 64;
const FINDING = 24;
const SIDE = 40;
const KINDS = [
  undefined,
  'failed',
  'changed',
  'vanished',
  'held',
  'stopped',
  'differs',
  'skipped',
] as const;

/** Throws `RangeError` for what the C part never says. */
export function decodeAnswer(answer: Buffer): MirrorAnswer {
  const number = (at: number): number => Number(answer.readBigUInt64LE(at * 8));
  const findings: MirrorFinding[] = [];
  for (let at = SUMMARY; at < answer.length;) {
    const size = answer.readUInt32LE(at);
    if (size < FINDING || at + size > answer.length) throw new RangeError('finding cut off');
    findings.push(decodeFinding(answer.subarray(at, at + size)));
    at += size;
  }
  return {
    summary: {
      looked: number(0),
      copied: number(1),
      bytes: number(2),
      cloned: number(3),
      linked: number(4),
      moved: number(5),
      removed: number(6),
      attributes: number(7),
    },
    findings,
  };
}

function decodeFinding(bytes: Buffer): MirrorFinding {
  const kind = KINDS[bytes.readUInt8(8)];
  const what = bytes.readUInt32LE(12);
  const sides = kind === 'differs' ? 2 * SIDE : 0;
  const start = FINDING + sides;
  const end = start + bytes.readUInt32LE(16);
  if (kind === undefined || end > bytes.length) throw new RangeError('unknown finding');
  const place = {
    row: bytes.readUInt32LE(4),
    path: bytes.toString('latin1', start, end) as BytePath,
  };
  if (kind === 'failed') {
    const call = CALLS[bytes.readUInt8(9)] ?? '';
    return { ...place, kind, call, errno: bytes.readUInt16LE(10), where: WHERES[what] };
  }
  if (kind !== 'differs') return { ...place, kind };
  return {
    ...place,
    kind,
    what: DIFFERENCES.filter((_, bit) => (what & (1 << bit)) !== 0),
    source: decodeSide(bytes, FINDING),
    destination: decodeSide(bytes, FINDING + SIDE),
  };
}

function decodeSide(bytes: Buffer, at: number): MirrorSide | undefined {
  const mode = bytes.readUInt32LE(at);
  if (mode === 0) return undefined;
  return {
    mode,
    uid: bytes.readUInt32LE(at + 4),
    gid: bytes.readUInt32LE(at + 8),
    links: bytes.readUInt32LE(at + 12),
    size: Number(bytes.readBigUInt64LE(at + 16)),
    modified: bytes.readBigInt64LE(at + 24) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 32)),
  };
}
