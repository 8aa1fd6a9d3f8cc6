/**
 * Encoding of the message table: little-endian, a length before everything that varies. Pure; see
 * channel.ts for the socket.
 */
import { ProtocolError } from './frames.js';
import { LIMITS, MESSAGES } from './messages.js';
import type { Message, MessageName, Payload, Role } from './messages.js';
import { FieldReader } from './wire-reader.js';
import { FieldWriter } from './wire-writer.js';

const byId = new Map<number, MessageName>(
  Object.entries(MESSAGES).map(([name, row]) => [row.id, name as MessageName]),
);

/** A frame: u32 length of what follows, u8 message id, fields in table order. */
export function encode<N extends MessageName>(name: N, payload: Payload<N>): Buffer {
  const writer = new FieldWriter();
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
  const reader = new FieldReader(frame, 1);
  const message: Record<string, unknown> = { name };
  for (const [field, kind] of Object.entries(row.fields)) message[field] = reader.field(kind);
  reader.end();
  return message as unknown as Message;
}
