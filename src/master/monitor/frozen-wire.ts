/**
 * What the monitor (src/native/monitor/) is told once, and the words it knows afterwards.
 * Little-endian.
 */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { dumpPart } from '../../shared/dump-files.js';
import { Writer } from '../../shared/specification-wire.js';
import { errnoError } from '../../shared/system-errors.js';
import type { Cgroup, GroupRow } from '../sandbox/cgroup-terms.js';

/** An object that launchers inherit. */
export interface FrozenPlace {
  /** Absolute, without symbolic links. */
  readonly path: BytePath;
  readonly isDirectory: boolean;
  /** Its owner may change: the user is asked what to take there. */
  readonly isOfAnyone: boolean;
  /** Its disk is one of those whose use is limited. */
  readonly isOnDisk: boolean;
  /** User number. */
  readonly owner: number;
}

/** A file of the host that the master goes back to, see src/native/monitor/frozen.h. */
export interface FrozenFile {
  readonly kind: keyof typeof FILE;
  /** Absolute, without symbolic links; and its owner. */
  readonly directory: BytePath;
  readonly owner: number;
  readonly name: BytePath;
  /** Of what is made there. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** What is there already and is ours. */
  readonly own?: { readonly dev: bigint; readonly ino: bigint } | undefined;
  /** What may be written into it. */
  readonly texts?: readonly string[];
}

/** Descriptors of the monitor that a member gets. */
export interface MemberDescriptors {
  /** They become 1 and 2. */
  readonly outputs: readonly number[];
  /** What the master has opened for it: they follow those of the launcher. */
  readonly granted?: readonly number[];
}

export interface FrozenMember extends MemberDescriptors {
  /** What it inherits, by its number. */
  readonly places: readonly number[];
  /** Encoded for the launcher. */
  readonly specification: Buffer;
}

export interface Frozen {
  readonly launcher: BytePath;
  readonly places: readonly FrozenPlace[];
  /** Users who may own a place besides its first owner. */
  readonly owners: readonly number[];
  readonly cgroup: Pick<Cgroup, 'rows' | 'ended' | 'groups'> | undefined;
  readonly files: readonly FrozenFile[];
  /** Paths that the master may look at: absolute, without symbolic links. */
  readonly looks: readonly BytePath[];
  readonly members: readonly FrozenMember[];
  /** Members that share a socketpair, by their index; the lower first. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Of the process that hears the master, see src/native/monitor/clerk.c. */
  readonly clerk: {
    /** What it keeps of the monitor's, bit N for number N. */
    readonly capabilities: bigint;
    /** Empty: none. */
    readonly filter: Uint8Array;
  };
}

/** Limits of src/native/monitor/frozen.h. */
const PLACES_MAX = 256;
export const MEMBERS_MAX = 9;

const MAGIC = 0x314d4c43;
const PLACE = { directory: 1, ofAnyone: 2, onDisk: 4 } as const;
const FILE = {
  text: 1,
  socket: 2,
  read: 3,
  directory: 4,
  dump: 5,
  left: 6,
  leftDirectory: 7,
  append: 8,
  written: 9,
} as const;
const ROW = { make: 1, set: 2, setDisks: 3, filter: 4 } as const satisfies Record<
  GroupRow['kind'],
  number
>;

/** Throws RangeError when there is too much of something. */
export function encodeFrozen(frozen: Frozen): Buffer {
  if (frozen.places.length > PLACES_MAX) throw new RangeError('too many places');
  const { cgroup } = frozen;
  const text = (value: string): BytePath => fromText(value);
  const body: Writer = new Writer();
  body
    .string(frozen.launcher)
    .list(frozen.places, (place) => writePlace(body, place))
    .list(frozen.owners, (owner) => body.u32(owner));
  body
    .list(cgroup?.rows ?? [], (row) =>
      body.u32(ROW[row.kind]).string(text(row.path)).blob(contentOf(row)),
    )
    .string(text(cgroup?.ended?.path ?? ''))
    .u32(cgroup?.ended?.version ?? 0)
    .list(cgroup?.groups ?? [], (path) => body.string(text(path)));
  body.list(frozen.files, (file) => writeFile(body, file));
  body.list(frozen.looks, (path) => body.string(path));
  body
    .list(
      frozen.members,
      ({ outputs: [output = 0, errors = 0], granted = [], places, specification }) =>
        body
          .u32(output)
          .u32(errors)
          .list(granted, (descriptor) => body.u32(descriptor))
          .list(places, (place) => body.u32(place))
          .blob(specification),
    )
    .list(frozen.pairs, ([one, other]) => body.u32(one).u32(other));
  body.u64(frozen.clerk.capabilities).blob(frozen.clerk.filter);
  const bytes = body.bytes();
  return Buffer.concat([new Writer().u32(MAGIC).u32(bytes.length).bytes(), bytes]);
}

function writePlace(body: Writer, place: FrozenPlace): Writer {
  const { path, isDirectory, isOfAnyone, isOnDisk, owner } = place;
  const flags =
    (isDirectory ? PLACE.directory : 0) |
    (isOfAnyone ? PLACE.ofAnyone : 0) |
    (isOnDisk ? PLACE.onDisk : 0);
  return body.string(path).u32(flags).u32(owner);
}

function writeFile(body: Writer, file: FrozenFile): Writer {
  const { kind, directory, name, owner, uid, gid, mode, own, texts = [] } = file;
  body.u32(FILE[kind]).string(directory).string(name).u32(owner).u32(uid).u32(gid).u32(mode);
  body.u64(own?.dev ?? 0n).u64(own?.ino ?? 0n);
  return body.list(texts, (text) => body.string(fromText(text)));
}

function contentOf(row: GroupRow): Buffer {
  if (row.kind === 'make') return Buffer.alloc(0);
  return row.kind === 'filter' ? row.program : Buffer.from(row.text, 'latin1');
}

/**
 * What the monitor may be asked. `start` takes members, a bit each, `kill` the number of one,
 * `group` (kills what is left in the control group) and `end` take the milliseconds that this may
 * last, `look` the number of a path, `open` that of a file, `put` what `putNumber` makes, `part`
 * what `partNumber` does, `write` is `encodeWrite`. `leave` ends the looks that wait.
 */
export const WORD = {
  start: 1,
  kill: 2,
  end: 3,
  accept: 4,
  group: 5,
  look: 6,
  open: 7,
  put: 8,
  leave: 9,
  write: 10,
  part: 11,
} as const;
export type Word = keyof typeof WORD;

/** Members by their index, as `start` takes them. */
export function startNumber(members: readonly number[]): number {
  return members.reduce((number, index) => number | (1 << index), 0);
}

/** Writes a text into a file; `ifMissing`: only where there is none. Numbers of both. */
export function putNumber(file: number, text: number, ifMissing: boolean): number {
  return file | (text << 8) | (ifMissing ? 1 << 16 : 0);
}

/** Opens a file of a dump to go on with it. Throws an errno error where a dump has no such file. */
export function partNumber(file: number, name: string): number {
  const part = dumpPart(name);
  if (part === undefined) throw errnoError('EINVAL');
  const [index, number] = part;
  return (file | (index << 8) | (number << 16)) >>> 0;
}

/** Bytes that `write` may have as content, and where its number has how many there are. */
export const [WRITE_MAX, WRITE_LENGTH_SHIFT] = [65_536, 9] as const;

/** Makes bytes the content of a file, by its number. Throws RangeError when they are too many. */
export function encodeWrite(file: number, content: Uint8Array, ifMissing: boolean): Buffer {
  if (content.length > WRITE_MAX) throw new RangeError(`${content.length} bytes`);
  const number = file | (ifMissing ? 1 << 8 : 0) | (content.length << WRITE_LENGTH_SHIFT);
  return Buffer.concat([encodeRequest('write', number), content]);
}

export function encodeRequest(word: Word, number = 0): Buffer {
  return new Writer().u32(WORD[word]).u32(number).bytes();
}

/**
 * What went wrong: with a place, with the control group, with the processes, with a file; a file
 * system did not answer.
 */
export const FAULTS = [undefined, 'place', 'group', 'start', 'file', 'wait'] as const;

/** A call that the clerk, process `pid`, was refused since its last answer; 0 times: none. */
export interface Refused {
  readonly call: number;
  readonly count: number;
  readonly pid: number;
}

export interface Answer {
  readonly fault: (typeof FAULTS)[number];
  /** errno. */
  readonly error: number;
  readonly refused: Refused;
  /** Of the members' processes. */
  readonly pids: readonly number[];
  /** What was seen, see src/native/common/identity.h. */
  readonly text: string;
}

/** Bytes of an answer, and of a piece of news. */
const TEXT_LENGTH = 768;
const HEAD_LENGTH = 20;
const TEXT_AT = HEAD_LENGTH + 4 * MEMBERS_MAX;
export const ANSWER_LENGTH = TEXT_AT + TEXT_LENGTH;
export const NEWS_LENGTH = 8;

export function decodeAnswer(bytes: Buffer): Answer {
  return {
    fault: FAULTS[bytes.readUInt32LE(0)] ?? (bytes.readUInt32LE(0) === 0 ? undefined : 'start'),
    error: bytes.readUInt32LE(4),
    refused: {
      call: bytes.readUInt32LE(8),
      count: bytes.readUInt32LE(12),
      pid: bytes.readInt32LE(16),
    },
    pids: Array.from({ length: MEMBERS_MAX }, (_, index) =>
      bytes.readInt32LE(HEAD_LENGTH + 4 * index),
    ),
    text: bytes.toString('latin1', TEXT_AT, ANSWER_LENGTH).split('\0', 1)[0] ?? '',
  };
}

/** A member has ended. */
export interface News {
  readonly member: number;
  /** As wait(2) has it. */
  readonly status: number;
}

export function decodeNews(bytes: Buffer): News {
  return { member: bytes.readUInt32LE(0), status: bytes.readUInt32LE(4) };
}
