/**
 * Cuts what a program writes into lines, one character a byte. Of a line that does not end only so
 * many bytes are kept: another host's side may send what it likes.
 */
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

export class Lines {
  private rest = '' as BytePath;

  /** @param longest in bytes */
  constructor(
    private readonly longest: number,
    private readonly end = /\r?\n/,
  ) {}

  /** The lines that are complete now. */
  push(chunk: Buffer): BytePath[] {
    const lines = (this.rest + fromBuffer(chunk)).split(this.end) as BytePath[];
    this.rest = (lines.pop() ?? '').slice(0, this.longest) as BytePath;
    return lines;
  }

  /** What came without an end, once nothing more comes. */
  last(): BytePath[] {
    const { rest } = this;
    this.rest = '' as BytePath;
    return rest === '' ? [] : [rest];
  }
}
