/**
 * What programs print, cut into lines that mislead nobody who reads them, and no more of them than
 * a log can take: what comes faster is counted.
 */
import { display, fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Allowance, RATE } from '../rate.js';

/** Bytes of a line; a longer one becomes several. */
const LINE_MAX = 4096;
/** Milliseconds after which what has no end yet is a line all the same. */
const UNENDED = 200;
/** Milliseconds until it is said how much was lost. */
const NOTICE = 1000;

export interface LinesTaker {
  line(text: string): void;
  /** So many lines were lost. */
  lost(lines: number): void;
}

export class PrintedLines {
  private rest = '';
  private readonly lines: Allowance;
  private readonly bytes: Allowance;
  private dropped = 0;
  private unended: NodeJS.Timeout | undefined;
  private notice: NodeJS.Timeout | undefined;

  /** @param now in milliseconds */
  constructor(
    private readonly taker: LinesTaker,
    now?: () => number,
  ) {
    this.lines = new Allowance(RATE.lines, now);
    this.bytes = new Allowance(RATE.bytes, now);
  }

  /** Returns whether all of it could be taken. */
  push(chunk: Buffer): boolean {
    const before = this.dropped;
    clearTimeout(this.unended);
    const lines = (this.rest + fromBuffer(chunk)).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.cut(line);
    for (; this.rest.length > LINE_MAX; this.rest = this.rest.slice(LINE_MAX))
      this.take(this.rest.slice(0, LINE_MAX));
    if (this.rest !== '') this.unended = setTimeout(() => this.end(), UNENDED).unref();
    return this.dropped === before;
  }

  /** Nothing follows what came last. */
  end(): void {
    clearTimeout(this.unended);
    if (this.rest !== '') this.take(this.rest);
    this.rest = '';
  }

  close(): void {
    this.end();
    clearTimeout(this.notice);
    this.tellLost();
  }

  private cut(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LINE_MAX)
      this.take(line.slice(at, at + LINE_MAX));
  }

  private take(line: string): void {
    if (this.lines.left < 1 || this.bytes.left < line.length) {
      this.dropped++;
      this.notice ??= setTimeout(() => this.tellLost(), NOTICE).unref();
      return;
    }
    this.lines.take(1);
    this.bytes.take(line.length);
    this.taker.line(line.split('\t').map(shown).join('\t'));
  }

  private tellLost(): void {
    this.notice = undefined;
    if (this.dropped > 0) this.taker.lost(this.dropped);
    this.dropped = 0;
  }
}

function shown(part: string): string {
  return display(part as BytePath);
}
