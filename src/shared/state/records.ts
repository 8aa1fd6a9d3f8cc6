/**
 * A few small durable records by name, in one file of the state directory: what must be known
 * before anything is synced. Two slots are written in turn, so that a power cut at any instant
 * leaves one of them whole. One process at a time writes; another one may read before it starts.
 */
import { fdatasyncSync, fstatSync, readSync, writeSync } from 'node:fs';
import { native } from '../native.js';

/** Bytes of a slot. */
const SLOT = 64 << 10;
const MAGIC = Buffer.from('clsyncR1');
/** Before the text: magic, serial number, length and checksum of the text. */
const HEADER = 32;

interface Slot {
  readonly serial: number;
  readonly records: Readonly<Record<string, unknown>>;
}

export class Records {
  private constructor(
    private readonly descriptor: number,
    /** The file has something, but no slot of it is whole. */
    readonly isDamaged: boolean,
    private serial: number,
    private records: Readonly<Record<string, unknown>>,
  ) {}

  /** Reads the newest whole slot. Throws the error of read(2). @param descriptor read and write */
  static open(descriptor: number): Records {
    const slots = [0, 1].flatMap((index) => readSlot(descriptor, index) ?? []);
    const [newest] = slots.sort((one, other) => other.serial - one.serial);
    const isDamaged = newest === undefined && fstatSync(descriptor).size > 0;
    return new Records(descriptor, isDamaged, newest?.serial ?? 0, newest?.records ?? {});
  }

  /** Nothing has been recorded. */
  get isEmpty(): boolean {
    return this.serial === 0;
  }

  /** Whatever JSON can hold; undefined: there is no such record. The caller checks what it is. */
  get(name: string): unknown {
    return this.records[name];
  }

  /**
   * Sets records, those that are undefined are removed; they are on the disk when it returns.
   * Throws the error of write(2), and RangeError when there is more than a slot can hold.
   */
  put(records: Readonly<Record<string, unknown>>): void {
    const all = { ...this.records, ...records };
    const text = Buffer.from(JSON.stringify(all), 'utf8');
    if (text.length > SLOT - HEADER) throw new RangeError('too much for the records of the state');
    const serial = this.serial + 1;
    const header = Buffer.alloc(HEADER);
    MAGIC.copy(header);
    header.writeBigUInt64LE(BigInt(serial), 8);
    header.writeUInt32LE(text.length, 16);
    header.writeBigUInt64LE(native.checksum(Buffer.concat([header.subarray(0, 24), text])), 24);
    writeSync(this.descriptor, Buffer.concat([header, text]), 0, null, (serial % 2) * SLOT);
    fdatasyncSync(this.descriptor);
    [this.serial, this.records] = [serial, all];
  }
}

function readSlot(descriptor: number, index: number): Slot | undefined {
  const bytes = Buffer.alloc(SLOT);
  const got = readSync(descriptor, bytes, 0, SLOT, index * SLOT);
  if (got < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const length = bytes.readUInt32LE(16);
  if (length > got - HEADER) return undefined;
  const text = bytes.subarray(HEADER, HEADER + length);
  const sum = native.checksum(Buffer.concat([bytes.subarray(0, 24), text]));
  if (sum !== bytes.readBigUInt64LE(24)) return undefined;
  const records: unknown = JSON.parse(text.toString('utf8'));
  return typeof records === 'object' && records !== null
    ? { serial: Number(bytes.readBigUInt64LE(8)), records: { ...records } }
    : undefined;
}
