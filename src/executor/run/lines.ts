/**
 * Splits a program's output into lines, one character for each byte. Of an unfinished line only a
 * limited number of bytes is kept, as the output may come from another host.
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

  /** The lines that are complete with this chunk. */
  push(chunk: Buffer): BytePath[] {
    const lines = (this.rest + fromBuffer(chunk)).split(this.end) as BytePath[];
    this.rest = (lines.pop() ?? '').slice(0, this.longest) as BytePath;
    return lines;
  }

  /** The last line if it has no end; to be called at the end of the output. */
  last(): BytePath[] {
    const { rest } = this;
    this.rest = '' as BytePath;
    return rest === '' ? [] : [rest];
  }
}
