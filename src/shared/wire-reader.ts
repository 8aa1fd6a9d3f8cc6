/** Fields of a message from bytes that a hostile peer may have written, see wire.ts. */
import { fromBuffer, isRelative, PATH_MAX, ROOT } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry, ObjectType, Refusal } from './entry.js';
import { ProtocolError } from './frames.js';
import { LIMITS } from './messages.js';
import type { FieldKind } from './messages.js';

/** Every method throws `ProtocolError`. */
export class FieldReader {
  constructor(
    private readonly frame: Buffer,
    private offset: number,
  ) {}

  field(kind: FieldKind): unknown {
    switch (kind) {
      case 'u8':
        return this.number(1);
      case 'u32':
        return this.number(4);
      case 'u53':
        return this.u53();
      case 'text':
        return this.bytes(LIMITS.text).toString('utf8');
      case 'path':
        return this.path();
      case 'bytes':
        return this.bytes(LIMITS.bytes);
      case 'json':
        return this.json();
      case 'entries':
        return this.list(() => this.entry());
      case 'refusals':
        return this.list(() => this.refusal());
      case 'paths':
        return this.list(() => this.path());
    }
  }

  end(): void {
    if (this.offset !== this.frame.length)
      throw new ProtocolError(`${this.frame.length - this.offset} bytes left over`);
  }

  private number(size: 1 | 4): number {
    if (this.offset + size > this.frame.length) throw new ProtocolError('frame too short');
    const value = this.frame.readUIntLE(this.offset, size);
    this.offset += size;
    return value;
  }

  private u53(): number {
    const high = this.number(4);
    if (high >= 2 ** 21) throw new ProtocolError('number over 2^53');
    return high * 2 ** 32 + this.number(4);
  }

  private bytes(limit: number): Buffer {
    const length = this.number(4);
    if (length > limit) throw new ProtocolError(`field of ${length} bytes, more than ${limit}`);
    if (this.offset + length > this.frame.length) throw new ProtocolError('frame too short');
    const value = this.frame.subarray(this.offset, this.offset + length);
    this.offset += length;
    return value;
  }

  private path(): BytePath {
    const path = fromBuffer(this.bytes(PATH_MAX));
    if (!isRelative(path)) throw new ProtocolError('path not relative to the watch directory');
    return path;
  }

  private json(): unknown {
    const text = this.bytes(LIMITS.json).toString('utf8');
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new ProtocolError('not JSON');
    }
  }

  private list<T>(read: () => T): T[] {
    const count = this.number(4);
    if (count > LIMITS.list) throw new ProtocolError(`${count} items in one list`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  private entry(): Entry {
    const mask = this.number(4);
    const since = this.u53();
    const before = this.objectType();
    const after = this.objectType();
    const flags = this.number(1);
    const path = this.path();
    const origin = this.path();
    const entry = { path, mask, before, after, flags, since };
    return origin === ROOT ? entry : { ...entry, origin };
  }

  private refusal(): Refusal {
    const contentOnly = this.number(1);
    if (contentOnly > 1) throw new ProtocolError(`refusal ${contentOnly}`);
    return { path: this.path(), contentOnly: contentOnly === 1 };
  }

  private objectType(): ObjectType {
    const value = this.number(1);
    if (value > 3) throw new ProtocolError(`object type ${value}`);
    return value as ObjectType;
  }
}
