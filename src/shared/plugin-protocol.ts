/**
 * Messages between the executor and a plug-in host: u32 length, then u32 kind, then fields;
 * little-endian. Every call is answered by one result; records for the log may come before it. The
 * C host (src/native/host/message.h) has the same numbers.
 */
import { ended, fromText, littleEndian, bytesOf } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry } from './entry.js';
import { EntryFlag } from './entry.js';

export const CALL = { init: 1, sync: 2, rsync: 3, deinit: 4 } as const;
export const ANSWER = { result: 1, log: 2 } as const;

/** The descriptor a host is given for its channel. */
export const HOST_CHANNEL = 4;
/**
 * Bytes of a message: a call may name every object of an initial sync, an answer is one line at
 * most.
 */
export const LONGEST = { call: 1 << 30, answer: 64 << 10 } as const;
/** Length of a string that is absent. */
export const ABSENT = 0xffffffff;

/** Facts of the daemon that a handler gets. */
export interface HostContext {
  /** Mode rsyncso: the handler is given list files, not events. */
  readonly usesLists: boolean;
  /** Index in `ctx.flags`, and value. */
  readonly flags: readonly (readonly [number, number])[];
  readonly label: BytePath;
  readonly watchDirectory: BytePath;
  readonly destination: BytePath | undefined;
}

export function initCall(context: HostContext): Buffer {
  const { usesLists, flags, label, watchDirectory, destination } = context;
  return frame([
    u32(CALL.init, Number(usesLists), flags.length),
    ...flags.map(([index, value]) => u32(index, value)),
    string(label),
    string(watchDirectory),
    string(destination),
  ]);
}

/** What a handler that is a program gets in its environment. */
export interface CallSituation {
  readonly status: string;
  readonly iteration: number;
}

export function syncCall(situation: CallSituation, entries: readonly Entry[]): Buffer {
  return frame([u32(CALL.sync), ...variables(situation), u32(entries.length), events(entries)]);
}

/** Made in one piece, as there are many. */
function events(entries: readonly Entry[]): Buffer {
  let bytes = '';
  for (const { path, mask, flags, before, after } of entries) {
    const recursive = flags & EntryFlag.recursive ? 1 : 0;
    for (const number of [mask, recursive, before, after, path.length + 1])
      bytes += littleEndian(number);
    bytes += `${path}\0`;
  }
  return bytesOf(bytes);
}

/** @param exclude undefined with `--rsync-prefer-include` */
export function rsyncCall(
  situation: CallSituation,
  include: BytePath,
  exclude: BytePath | undefined,
): Buffer {
  return frame([u32(CALL.rsync), ...variables(situation), string(include), string(exclude)]);
}

export function deinitCall(): Buffer {
  return frame([u32(CALL.deinit)]);
}

export function resultAnswer(result: number): Buffer {
  return frame([u32(ANSWER.result, result >>> 0)]);
}

export function logAnswer(level: number, text: string): Buffer {
  return frame([u32(ANSWER.log, level), Buffer.from(text)]);
}

/** Set as CLSYNC_STATUS and CLSYNC_ITERATION before the call. */
function variables({ status, iteration }: CallSituation): Buffer[] {
  return [string(fromText(status)), string(fromText(String(iteration)))];
}

function frame(parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length), body]);
}

function u32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt32LE(number >>> 0, 4 * index));
  return bytes;
}

/** With its length, which counts the NUL. */
function string(text: BytePath | undefined): Buffer {
  return text === undefined
    ? u32(ABSENT)
    : Buffer.concat([u32(text.length + 1), ended([text], '\0')]);
}
