/** Fields of a message to bytes, see wire.ts. */
import { toBuffer } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry, Refusal } from './entry.js';
import { LIMITS } from './messages.js';
import type { FieldKind } from './messages.js';

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
        return this.list(value as readonly Entry[], (entry) => this.entry(entry));
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

  private list<T>(items: readonly T[], write: (item: T) => void): void {
    if (items.length > LIMITS.list) throw new RangeError(`${items.length} items in one list`);
    this.number(4, items.length);
    for (const item of items) write(item);
  }

  /**
   * Written in one piece, as there are many. An empty origin means none, as the root is never
   * moved.
   */
  private entry({ path, mask, before, after, flags, since, origin = '' as BytePath }: Entry): void {
    const part = Buffer.allocUnsafe(23 + path.length + origin.length);
    const time = Math.max(0, Math.floor(since));
    part.writeUInt32LE(mask >>> 0, 0);
    part.writeUInt32LE(Math.floor(time / 2 ** 32), 4);
    part.writeUInt32LE(time % 2 ** 32, 8);
    part.writeUInt8(before, 12);
    part.writeUInt8(after, 13);
    part.writeUInt8(flags, 14);
    part.writeUInt32LE(path.length, 15);
    part.write(path, 19, 'latin1');
    part.writeUInt32LE(origin.length, 19 + path.length);
    part.write(origin, 23 + path.length, 'latin1');
    this.parts.push(part);
  }
}

/** Text is for people: one that is too long is cut, never refused. */
function clip(text: Buffer): Buffer {
  return text.length <= LIMITS.text ? text : text.subarray(0, LIMITS.text);
}
