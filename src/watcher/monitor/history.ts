/**
 * The last raw events: the record `struct past_event` of src/native/watch/history.h,
 * little-endian, followed by the name.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { IN } from '../../shared/inotify-mask.js';
import { NONE } from './findings.js';

export interface PastEvent {
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly at: number;
  /** The directory's key. */
  readonly key: bigint;
  /** Event bits of inotify(7). */
  readonly mask: number;
  /** The same for both halves of a rename; 0: no rename. */
  readonly cookie: number;
  /** The directory's node; `NONE` when it is not in the tree now. */
  readonly node: number;
  /** Name in the directory; empty: the directory itself. */
  readonly name: BytePath;
}

const HEADER = 32;

/** The oldest first. */
export function* decodeHistory(buffer: Buffer): Generator<PastEvent> {
  for (let at = 0; at < buffer.length; at += buffer.readUInt16LE(at + 28)) {
    yield {
      at: buffer.readDoubleLE(at),
      key: buffer.readBigInt64LE(at + 8),
      mask: buffer.readUInt32LE(at + 16),
      cookie: buffer.readUInt32LE(at + 20),
      node: buffer.readUInt32LE(at + 24),
      name: buffer.toString(
        'latin1',
        at + HEADER,
        at + HEADER + buffer.readUInt16LE(at + 30),
      ) as BytePath,
    };
  }
}

export interface HistoryContext {
  pathOf(node: number): BytePath | undefined;
  /** Milliseconds since 1970 when CLOCK_MONOTONIC was 0. */
  readonly epoch: number;
}

/**
 * One line for each event: time, bits, cookie, path. A directory appears with its present path, or
 * with its key when it has left the tree. Pure.
 */
export function* historyLines(
  events: Iterable<PastEvent>,
  { pathOf, epoch }: HistoryContext,
): Generator<string> {
  for (const { at, key, mask, cookie, node, name } of events) {
    const above = node === NONE ? undefined : pathOf(node);
    const directory = above === undefined ? `<${key}>` : display(above);
    const path = [directory, display(name)].filter((part) => part !== '').join('/');
    const time = new Date(epoch + at).toISOString();
    yield `${time} ${bitsOf(mask)} ${cookie === 0 ? '-' : cookie} ${path === '' ? '.' : path}\n`;
  }
}

function bitsOf(mask: number): string {
  const names = Object.entries(IN).filter(([, bit]) => (mask & bit) !== 0);
  return names.length === 0 ? `0x${mask.toString(16)}` : names.map(([name]) => name).join('|');
}
