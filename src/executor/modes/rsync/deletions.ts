/**
 * What rsync says it would delete, with `--dry-run --info=del`. The other side may say what it
 * likes.
 */
import { PATH_MAX, isRelative } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Extra } from './protection.js';
import { RsyncOutput } from './output.js';

const PREFIX = 'deleting ';
/**
 * Bytes that cannot be printed, and a backslash that looks like such: `\#` and three octal digits.
 */
const ESCAPED = /\\#([0-3][0-7]{2})/g;
/** Bytes of the longest line: every byte of a path may be written with five. */
const LONGEST_LINE = PREFIX.length + 5 * PATH_MAX;
/** Names that are taken; of more, nothing is deleted. */
const MOST = 1_000_000;

export class RsyncDeletions extends RsyncOutput {
  private readonly found: Extra[] = [];
  private left = '';
  /** There were more names than are taken. */
  overflowed = false;

  constructor() {
    super(() => undefined);
  }

  override stdout(chunk: Buffer): void {
    const lines = (this.left + chunk.toString('latin1')).split(/[\r\n]/);
    this.left = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.take(line);
  }

  extras(): readonly Extra[] {
    return this.found;
  }

  private take(line: string): void {
    if (!line.startsWith(PREFIX)) return;
    const name = line
      .slice(PREFIX.length)
      .replace(ESCAPED, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const isDirectory = name.endsWith('/');
    const path = (isDirectory ? name.slice(0, -1) : name) as BytePath;
    // Anything else would lead out of the tree, to what is then listed with its content.
    if (path === '' || !isRelative(path)) return;
    if (this.found.length < MOST) this.found.push({ path, isDirectory });
    else this.overflowed = true;
  }
}
