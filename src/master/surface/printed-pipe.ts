/**
 * A pipe that others print to, read as fast as what is read finds a place; whoever prints faster
 * waits, as he would for a terminal.
 */
import { closeSync, fchownSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../../shared/native.js';
import type { Identity } from '../../shared/specification.js';

/** Bytes handed on at once, which an output must be able to take whole. */
const CHUNK = 16 << 10;
/** Bytes that Linux keeps in a pipe (pipe(7)). */
const CAPACITY = 64 << 10;
/** Bytes that are read at the end, when nobody is left who prints. */
const LAST = 1 << 20;

/** Whether more may follow now; else `again` is called when it may. */
export type Take = (chunk: Buffer, again: () => void) => 'more' | 'later';

export class PrintedPipe {
  /** Its end to write to. */
  readonly descriptor: number;
  private readonly reading: number;
  private readonly socket: Socket;
  private readonly buffer = Buffer.alloc(CHUNK);
  private isWaiting = false;

  constructor(private readonly take: Take) {
    [this.reading, this.descriptor] = pipe();
    this.socket = new Socket({ fd: this.reading, readable: true, writable: false })
      .on('error', () => undefined)
      .on('readable', () => this.flow())
      .unref();
  }

  /** So that who runs under these ids can open it by name (/dev/stderr), too. */
  give(identity: Identity | undefined): void {
    if (identity !== undefined) fchownSync(this.descriptor, identity.uid, identity.gid);
  }

  /** Takes what has been printed up to now; returns whether nothing is left. */
  takeNow(most = CAPACITY): boolean {
    for (let chunk; (chunk = this.buffered()) !== undefined;) this.take(chunk, () => undefined);
    for (let taken = 0, length; taken < most; taken += length) {
      if ((length = this.available()) <= 0) return true;
      this.take(this.buffer.subarray(0, length), () => undefined);
    }
    return false;
  }

  /** Takes what is left. */
  close(): void {
    closeSync(this.descriptor);
    this.takeNow(LAST);
    this.socket.destroy();
  }

  private flow(): void {
    for (let chunk; !this.isWaiting && (chunk = this.buffered()) !== undefined;)
      this.isWaiting = this.take(chunk, () => this.again()) === 'later';
  }

  private again(): void {
    this.isWaiting = false;
    this.flow();
  }

  /** Some of what the stream has read. Without a length, read() would join all of it. */
  private buffered(): Buffer | undefined {
    const length = Math.min(this.socket.readableLength, CHUNK);
    return (this.socket.read(length === 0 ? undefined : length) as Buffer | null) ?? undefined;
  }

  /** Reads what is there, without waiting. Returns how much. */
  private available(): number {
    try {
      return readSync(this.reading, this.buffer);
    } catch {
      return 0; // EAGAIN
    }
  }
}
