/**
 * A file of records that only grows (one of the two `marks` of `--state-dir`). Records are written
 * in frames, each with its place, its length and a checksum; a frame that a power cut has left
 * incomplete ends the file when it is read. What had been synced to the disk before ends nothing:
 * if a frame of it is not whole, the file is damaged.
 */
import { fdatasync, fdatasyncSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { native } from '../../shared/native.js';

const MAGIC = Buffer.from('clsyncM1');
const FRAME = Buffer.from('clsyncF1');
/** Bytes of the file's head, of a frame's head, and of most records of a frame. */
const HEAD = 512;
const FRAME_HEAD = 40;
const ENOUGH = 1 << 20;
const MOST = 512 << 20;
/** Bytes read at once. */
const CHUNK = 4 << 20;

export class Damage extends Error {}

interface Head {
  readonly epoch: number;
  /** False: its writing was not finished, or it is no longer right. */
  readonly isComplete: boolean;
}

export class Segment {
  private waiting: Buffer[] = [];
  private waitingLength = 0;
  /** Up to where it is on the disk. */
  private durable = HEAD;

  private constructor(
    private readonly file: number,
    private readonly id: string,
    readonly epoch: number,
    /** Of what is written. */
    private end: number,
  ) {}

  /** Undefined: the file is none of this id. */
  static headOf(file: number, id: string): Head | undefined {
    const head = Buffer.alloc(HEAD);
    if (readSync(file, head, 0, HEAD, 0) < HEAD || !head.subarray(0, 8).equals(MAGIC))
      return undefined;
    if (head.toString('latin1', 8, 44) !== id) return undefined;
    if (native.checksum(head.subarray(0, 64)) !== head.readBigUInt64LE(64)) return undefined;
    return { epoch: Number(head.readBigUInt64LE(48)), isComplete: head[56] === 1 };
  }

  /** An empty file in place of whatever is in it. */
  static make(file: number, id: string, epoch: number, isComplete: boolean): Segment {
    ftruncateSync(file, 0);
    writeHead(file, id, epoch, isComplete);
    fdatasyncSync(file);
    return new Segment(file, id, epoch, HEAD);
  }

  /** Calls `each` with every record, its place, and what reads those before it. Throws Damage. */
  static read(
    file: number,
    id: string,
    epoch: number,
    each: (record: Buffer, at: number, segment: Segment) => void,
  ): Segment {
    const segment = new Segment(file, id, epoch, HEAD);
    const size = fstatSync(file).size;
    let [at, durable] = [HEAD, HEAD];
    for (;;) {
      const frame = readFrame(file, id, at, size);
      if (frame === undefined) break;
      durable = frame.durable;
      for (let from = 0; from < frame.records.length;) {
        const length = frame.records.readUInt32LE(from);
        each(
          frame.records.subarray(from + 4, from + 4 + length),
          at + FRAME_HEAD + from + 4,
          segment,
        );
        from += 4 + length;
      }
      at += FRAME_HEAD + frame.records.length;
    }
    if (at < size) {
      if (isDamaged(file, id, at, size)) throw new Damage(`at byte ${at}`);
      ftruncateSync(file, at);
    }
    [segment.end, segment.durable] = [at, durable];
    return segment;
  }

  /** Bytes, with what is yet to be written. */
  get size(): number {
    return this.end + (this.waitingLength > 0 ? FRAME_HEAD + this.waitingLength : 0);
  }

  /** Returns the place of the record. Throws the error of write(2). */
  append(record: Buffer): number {
    const at = this.end + FRAME_HEAD + this.waitingLength + 4;
    this.waiting.push(record);
    this.waitingLength += 4 + record.length;
    if (this.waitingLength >= ENOUGH) this.flush();
    return at;
  }

  /** Hands what was appended to the kernel. */
  flush(): void {
    if (this.waitingLength === 0) return;
    const records = together(this.waiting, this.waitingLength);
    const head = Buffer.alloc(FRAME_HEAD);
    FRAME.copy(head);
    head.writeBigUInt64LE(BigInt(this.end), 8);
    head.writeBigUInt64LE(BigInt(this.durable), 16);
    head.writeUInt32LE(records.length, 24);
    head.writeBigUInt64LE(sumOf(this.id, head, records), 32);
    const bytes = Buffer.concat([head, records]);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.file, bytes, done, bytes.length - done, this.end + done);
    this.end += bytes.length;
    [this.waiting, this.waitingLength] = [[], 0];
  }

  /** Resolves when all that was appended is on the disk. Rejects with the error of fdatasync(2). */
  async sync(): Promise<void> {
    this.flush();
    const { end } = this;
    if (end === this.durable) return;
    await promisify(fdatasync)(this.file);
    this.durable = Math.max(this.durable, end);
  }

  /** As `sync`, before it returns. */
  syncNow(): void {
    this.flush();
    fdatasyncSync(this.file);
    this.durable = this.end;
  }

  record(at: number, length: number): Buffer {
    if (at + length > this.end) this.flush();
    const bytes = Buffer.alloc(length);
    if (readSync(this.file, bytes, 0, length, at) < length) throw new Damage(`at byte ${at}`);
    return bytes;
  }

  /** From now on it is read (or not) at the next start; on the disk when this returns. */
  complete(isComplete: boolean): void {
    if (isComplete) this.flush();
    fdatasyncSync(this.file);
    writeHead(this.file, this.id, this.epoch, isComplete);
    fdatasyncSync(this.file);
    if (isComplete) this.durable = this.end;
  }

  static empty(file: number): void {
    ftruncateSync(file, 0);
  }
}

/** Each after its length. */
function together(records: readonly Buffer[], length: number): Buffer {
  const all = Buffer.allocUnsafe(length);
  let at = 0;
  for (const record of records) {
    all.writeUInt32LE(record.length, at);
    all.set(record, at + 4);
    at += 4 + record.length;
  }
  return all;
}

function writeHead(file: number, id: string, epoch: number, isComplete: boolean): void {
  const head = Buffer.alloc(HEAD);
  MAGIC.copy(head);
  head.write(id, 8, 'latin1');
  head.writeBigUInt64LE(BigInt(epoch), 48);
  head[56] = isComplete ? 1 : 0;
  head.writeBigUInt64LE(native.checksum(head.subarray(0, 64)), 64);
  writeSync(file, head, 0, HEAD, 0);
}

/** Another file's frames have another sum. */
function sumOf(id: string, head: Buffer, records: Buffer): bigint {
  return native.checksum(Buffer.concat([Buffer.from(id, 'latin1'), head.subarray(0, 32), records]));
}

function readFrame(
  file: number,
  id: string,
  at: number,
  size: number,
): { readonly durable: number; readonly records: Buffer } | undefined {
  const head = Buffer.alloc(FRAME_HEAD);
  if (at + FRAME_HEAD > size || readSync(file, head, 0, FRAME_HEAD, at) < FRAME_HEAD)
    return undefined;
  const length = head.readUInt32LE(24);
  if (!head.subarray(0, 8).equals(FRAME) || Number(head.readBigUInt64LE(8)) !== at)
    return undefined;
  if (length > MOST || at + FRAME_HEAD + length > size) return undefined;
  const records = Buffer.alloc(length);
  if (readSync(file, records, 0, length, at + FRAME_HEAD) < length) return undefined;
  if (sumOf(id, head, records) !== head.readBigUInt64LE(32)) return undefined;
  return { durable: Number(head.readBigUInt64LE(16)), records };
}

/** Whether a later frame says that what is at `at` had been on the disk. */
function isDamaged(file: number, id: string, at: number, size: number): boolean {
  const bytes = Buffer.alloc(CHUNK);
  for (let from = at; from < size; from += CHUNK - FRAME.length) {
    const got = readSync(file, bytes, 0, CHUNK, from);
    for (let index = -1; (index = bytes.subarray(0, got).indexOf(FRAME, index + 1)) >= 0;)
      if ((readFrame(file, id, from + index, size)?.durable ?? 0) > at) return true;
  }
  return false;
}
