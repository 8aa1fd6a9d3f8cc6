/** Fields of a message to bytes, see wire.ts. */
import { toBuffer, viewOf } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry, Refusal } from './entry.js';
import { LIMITS } from './messages.js';
import type { FieldKind } from './messages.js';

const NO_PATH = '' as BytePath;
/** Bytes of an entry without its paths. */
const ENTRY_SIZE = 23;

export class FieldWriter {
  private readonly parts: Buffer[] = [];

  /** Throws `RangeError` for a list that is longer than the table allows. */
  field(kind: FieldKind, value: unknown): void {
    switch (kind) {
      case 'u8':
        return this.number(1, value as number);
      case 'u32':
        return this.number(4, value as number);
      case 'u53':
        this.number(4, Math.floor((value as number) / 2 ** 32));
        return this.number(4, (value as number) % 2 ** 32);
      case 'text':
        return this.bytes(clip(Buffer.from(value as string, 'utf8')));
      case 'path':
        return this.path(value as BytePath);
      case 'bytes':
        return this.bytes(value as Buffer);
      case 'json':
        return this.bytes(Buffer.from(JSON.stringify(value), 'utf8'));
      case 'entries':
        return this.entries(value as readonly Entry[]);
      case 'refusals':
        return this.list(value as readonly Refusal[], ({ path, contentOnly }) => {
          this.number(1, contentOnly ? 1 : 0);
          this.path(path);
        });
      case 'paths':
        return this.list(value as readonly BytePath[], (path) => this.path(path));
    }
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }

  private number(size: 1 | 4, value: number): void {
    const part = Buffer.allocUnsafe(size);
    part.writeUIntLE(value, 0, size);
    this.parts.push(part);
  }

  private bytes(value: Buffer): void {
    this.number(4, value.length);
    this.parts.push(value);
  }

  private path(path: BytePath): void {
    this.bytes(toBuffer(path));
  }

  private count({ length }: readonly unknown[]): void {
    if (length > LIMITS.list) throw new RangeError(`${length} items in one list`);
    this.number(4, length);
  }

  private list<T>(items: readonly T[], write: (item: T) => void): void {
    this.count(items);
    for (const item of items) write(item);
  }

  /**
   * Written in one piece, as there are many. An empty origin means none, as the root is never
   * moved.
   */
  private entries(entries: readonly Entry[]): void {
    this.count(entries);
    let size = 0;
    for (const { path, origin = NO_PATH } of entries)
      size += ENTRY_SIZE + path.length + origin.length;
    const part = Buffer.allocUnsafe(size);
    const view = viewOf(part);
    let at = 0;
    for (const { path, mask, before, after, flags, since, origin = NO_PATH } of entries) {
      const time = Math.max(0, Math.floor(since));
      view.setUint32(at, mask, true);
      view.setUint32(at + 4, Math.floor(time / 2 ** 32), true);
      view.setUint32(at + 8, time % 2 ** 32, true);
      view.setUint8(at + 12, before);
      view.setUint8(at + 13, after);
      view.setUint8(at + 14, flags);
      view.setUint32(at + 15, path.length, true);
      part.write(path, at + 19, 'latin1');
      at += 19 + path.length;
      view.setUint32(at, origin.length, true);
      part.write(origin, at + 4, 'latin1');
      at += 4 + origin.length;
    }
    this.parts.push(part);
  }
}

/** Text is for people: one that is too long is cut, never refused. */
function clip(text: Buffer): Buffer {
  return text.length <= LIMITS.text ? text : text.subarray(0, LIMITS.text);
}
