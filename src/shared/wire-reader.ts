/** Fields of a message from bytes that a hostile peer may have written, see wire.ts. */
import { isRelative, PATH_MAX, ROOT, viewOf } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry, ObjectType, Refusal } from './entry.js';
import { ProtocolError } from './frames.js';
import { LIMITS } from './messages.js';
import type { FieldKind } from './messages.js';

/** Every method throws `ProtocolError`. */
export class FieldReader {
  private readonly view: DataView;

  constructor(
    private readonly frame: Buffer,
    private offset: number,
  ) {
    this.view = viewOf(frame);
  }

  field(kind: FieldKind): unknown {
    switch (kind) {
      case 'u8':
        return this.u8();
      case 'u32':
        return this.u32();
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

  /** Where the next `length` bytes begin, which are taken. */
  private taken(length: number): number {
    const from = this.offset;
    this.offset = from + length;
    if (this.offset > this.frame.length) throw new ProtocolError('frame too short');
    return from;
  }

  private u8(): number {
    return this.view.getUint8(this.taken(1));
  }

  private u32(): number {
    return this.view.getUint32(this.taken(4), true);
  }

  private u53(): number {
    const high = this.u32();
    if (high >= 2 ** 21) throw new ProtocolError('number over 2^53');
    return high * 2 ** 32 + this.u32();
  }

  /** Takes the length of a field, and then the field: where it begins. */
  private varying(limit: number): number {
    const length = this.u32();
    if (length > limit) throw new ProtocolError(`field of ${length} bytes, more than ${limit}`);
    return this.taken(length);
  }

  private bytes(limit: number): Buffer {
    const from = this.varying(limit);
    return this.frame.subarray(from, this.offset);
  }

  private path(): BytePath {
    const from = this.varying(PATH_MAX);
    const path = this.frame.toString('latin1', from, this.offset) as BytePath;
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
    const count = this.u32();
    if (count > LIMITS.list) throw new ProtocolError(`${count} items in one list`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  private entry(): Entry {
    const mask = this.u32();
    const since = this.u53();
    const before = this.objectType();
    const after = this.objectType();
    const flags = this.u8();
    const path = this.path();
    const origin = this.path();
    return origin === ROOT
      ? { path, mask, before, after, flags, since }
      : { path, mask, before, after, flags, since, origin };
  }

  private refusal(): Refusal {
    const contentOnly = this.u8();
    if (contentOnly > 1) throw new ProtocolError(`refusal ${contentOnly}`);
    return { path: this.path(), contentOnly: contentOnly === 1 };
  }

  private objectType(): ObjectType {
    const value = this.u8();
    if (value > 3) throw new ProtocolError(`object type ${value}`);
    return value as ObjectType;
  }
}
