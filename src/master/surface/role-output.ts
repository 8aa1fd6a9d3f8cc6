/**
 * What roles, handlers and hooks print once nobody holds the descriptors that the daemon was
 * started with: lines of the log.
 */
import { closeSync, fchownSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '../../shared/specification.js';
import { pipe } from '../../shared/native.js';

/** Characters of a line; a longer one becomes several. */
const LINE_MAX = 4096;
/** Milliseconds that what was printed last may take. */
const LAST_WAIT = 100;

export class RoleOutput {
  /** What becomes 1 and 2 of the roles. */
  readonly descriptor: number;
  private readonly reader: Socket;
  private readonly ended: Promise<unknown>;
  private begun = '';

  constructor(private readonly line: (text: string) => void) {
    const [read, write] = pipe();
    this.descriptor = write;
    this.reader = new Socket({ fd: read, readable: true, writable: false }).setEncoding('utf8');
    this.reader.on('data', (text: string) => this.take(text)).on('error', () => undefined);
    this.ended = new Promise((resolve) => this.reader.once('close', resolve));
  }

  /** So that who runs under these ids can open it by name (/dev/stderr), too. */
  give(identity: Identity | undefined): void {
    if (identity !== undefined) fchownSync(this.descriptor, identity.uid, identity.gid);
  }

  /** When no role is left; resolves when all is read. */
  async close(): Promise<void> {
    closeSync(this.descriptor);
    await Promise.race([this.ended, delay(LAST_WAIT)]);
    this.reader.destroy();
    if (this.begun !== '') this.line(this.begun);
  }

  private take(text: string): void {
    const lines = (this.begun + text).split('\n');
    this.begun = lines.pop() ?? '';
    for (const line of lines) this.tell(line);
    if (this.begun.length > LINE_MAX) {
      this.tell(this.begun);
      this.begun = '';
    }
  }

  private tell(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LINE_MAX)
      this.line(line.slice(at, at + LINE_MAX));
  }
}
