/**
 * Encoding of the message table: little-endian, a length before everything that varies. Pure; see
 * channel.ts for the socket.
 */
import { fromBuffer, isRelative, PATH_MAX, toBuffer } from './bytes.js';
import type { BytePath } from './bytes.js';
import type { Entry, ObjectType } from './entry.js';
import { ProtocolError } from './frames.js';
import { LIMITS, MESSAGES } from './messages.js';
import type { FieldKind, Message, MessageName, Payload, Role } from './messages.js';

const byId = new Map<number, MessageName>(
  Object.entries(MESSAGES).map(([name, row]) => [row.id, name as MessageName]),
);

/** A frame: u32 length of what follows, u8 message id, fields in table order. */
export function encode<N extends MessageName>(name: N, payload: Payload<N>): Buffer {
  const writer = new Writer();
  const values = payload as Record<string, unknown>;
  for (const [field, kind] of Object.entries(MESSAGES[name].fields))
    writer.field(kind, values[field]);
  const body = writer.done();
  if (body.length + 1 > LIMITS.frame)
    throw new RangeError(`message ${name} is ${body.length} bytes, more than ${LIMITS.frame}`);
  const head = Buffer.allocUnsafe(5);
  head.writeUInt32LE(body.length + 1, 0);
  head.writeUInt8(MESSAGES[name].id, 4);
  return Buffer.concat([head, body]);
}

/**
 * Decodes what follows the length of one frame, as `to` receiving from `from`. Throws
 * `ProtocolError`.
 */
export function decode(frame: Buffer, from: Role, to: Role): Message {
  if (frame.length === 0) throw new ProtocolError('empty frame');
  const name = byId.get(frame.readUInt8(0));
  if (name === undefined) throw new ProtocolError(`unknown message ${frame.readUInt8(0)}`);
  const row = MESSAGES[name];
  if (row.from !== from || row.to !== to)
    throw new ProtocolError(`${name} may not go from ${from} to ${to}`);
  const reader = new Reader(frame, 1);
  const message: Record<string, unknown> = { name };
  for (const [field, kind] of Object.entries(row.fields)) message[field] = reader.field(kind);
  reader.end();
  return message as unknown as Message;
}

class Writer {
  private readonly parts: Buffer[] = [];

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
        return this.bytes(toBuffer(value as BytePath));
      case 'json':
        return this.bytes(Buffer.from(JSON.stringify(value), 'utf8'));
      case 'entries':
        return this.entries(value as readonly Entry[]);
    }
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

  private entries(list: readonly Entry[]): void {
    if (list.length > LIMITS.entries) throw new RangeError(`${list.length} entries in one batch`);
    this.number(4, list.length);
    for (const entry of list) {
      const part = Buffer.allocUnsafe(15 + entry.path.length);
      part.writeUInt32LE(entry.mask >>> 0, 0);
      part.writeUInt32LE(Math.min(Math.max(0, Math.round(entry.age)), 0xffffffff), 4);
      part.writeUInt8(entry.before, 8);
      part.writeUInt8(entry.after, 9);
      part.writeUInt8(entry.flags, 10);
      part.writeUInt32LE(entry.path.length, 11);
      part.write(entry.path, 15, 'latin1');
      this.parts.push(part);
    }
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** Text is for people: too long a record is cut, never refused. */
function clip(text: Buffer): Buffer {
  return text.length <= LIMITS.text ? text : text.subarray(0, LIMITS.text);
}

class Reader {
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
      case 'u53': {
        const high = this.number(4);
        if (high >= 2 ** 21) throw new ProtocolError('number over 2^53');
        return high * 2 ** 32 + this.number(4);
      }
      case 'text':
        return this.bytes(LIMITS.text).toString('utf8');
      case 'path':
        return this.path();
      case 'json':
        try {
          return JSON.parse(this.bytes(LIMITS.json).toString('utf8')) as unknown;
        } catch (error) {
          throw error instanceof ProtocolError ? error : new ProtocolError('not JSON');
        }
      case 'entries':
        return this.entries();
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

  private entries(): Entry[] {
    const count = this.number(4);
    if (count > LIMITS.entries) throw new ProtocolError(`${count} entries in one batch`);
    const list: Entry[] = [];
    for (let i = 0; i < count; i++) {
      const mask = this.number(4);
      const age = this.number(4);
      const before = this.objectType();
      const after = this.objectType();
      const flags = this.number(1);
      list.push({ mask, age, before, after, flags, path: this.path() });
    }
    return list;
  }

  private objectType(): ObjectType {
    const value = this.number(1);
    if (value > 3) throw new ProtocolError(`object type ${value}`);
    return value as ObjectType;
  }
}
