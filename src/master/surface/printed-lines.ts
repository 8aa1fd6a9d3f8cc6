/**
 * What programs print, cut into lines that mislead nobody who reads them, and no more of them than
 * a log can take: what comes faster is counted.
 */
import { display, fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Allowance, Losses, RATE } from '../rate.js';

/** Bytes of a line; a longer one becomes several. */
const LINE_MAX = 4096;
/** Milliseconds after which what has no end yet is a line all the same. */
const UNENDED = 200;

export interface LinesTaker {
  line(text: string): void;
  /** So many lines were lost. */
  lost(lines: number): void;
}

export class PrintedLines {
  private rest = '';
  private readonly lines: Allowance;
  private readonly bytes: Allowance;
  private readonly losses: Losses;
  private unended: NodeJS.Timeout | undefined;

  /** @param now in milliseconds */
  constructor(
    private readonly taker: LinesTaker,
    now?: () => number,
  ) {
    this.lines = new Allowance(RATE.lines, now);
    this.bytes = new Allowance(RATE.bytes, now);
    this.losses = new Losses((lost) => taker.lost(lost));
  }

  /** Returns whether all of it could be taken. */
  push(chunk: Buffer): boolean {
    clearTimeout(this.unended);
    let isTaken = true;
    const lines = (this.rest + fromBuffer(chunk)).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) isTaken = this.cut(line) && isTaken;
    for (; this.rest.length > LINE_MAX; this.rest = this.rest.slice(LINE_MAX))
      isTaken = this.take(this.rest.slice(0, LINE_MAX)) && isTaken;
    if (this.rest !== '') this.unended = setTimeout(() => this.end(), UNENDED).unref();
    return isTaken;
  }

  /** Nothing follows what came last. */
  end(): void {
    clearTimeout(this.unended);
    if (this.rest !== '') this.take(this.rest);
    this.rest = '';
  }

  close(): void {
    this.end();
    this.losses.tellNow();
  }

  /** Returns whether all of it could be taken. */
  private cut(line: string): boolean {
    let isTaken = true;
    for (let at = 0; at === 0 || at < line.length; at += LINE_MAX)
      isTaken = this.take(line.slice(at, at + LINE_MAX)) && isTaken;
    return isTaken;
  }

  private take(line: string): boolean {
    if (this.lines.left < 1 || this.bytes.left < line.length) {
      this.losses.add();
      return false;
    }
    this.lines.take(1);
    this.bytes.take(line.length);
    this.taker.line(line.split('\t').map(shown).join('\t'));
    return true;
  }
}

function shown(part: string): string {
  return display(part as BytePath);
}
