/**
 * What rsync says it would delete, with `--dry-run --info=del`. The other side may say what it
 * likes.
 */
import { PATH_MAX, isRelative } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Extra } from './protection.js';
import { Lines } from '../../run/lines.js';
import { unescapeRsync } from './names.js';
import { RsyncOutput } from './output.js';

const PREFIX = 'deleting ';
/** Bytes of the longest line: every byte of a path may be written with five. */
const LONGEST_LINE = PREFIX.length + 5 * PATH_MAX;
/** Names that are taken; of more, nothing is deleted. */
const MOST = 1_000_000;

export class RsyncDeletions extends RsyncOutput {
  private readonly found: Extra[] = [];
  private readonly written = new Lines(LONGEST_LINE, /[\r\n]/);
  /** There were more names than are taken. */
  overflowed = false;

  constructor() {
    super(() => undefined);
  }

  override stdout(chunk: Buffer): void {
    for (const line of this.written.push(chunk)) this.take(line);
  }

  extras(): readonly Extra[] {
    return this.found;
  }

  private take(line: string): void {
    if (!line.startsWith(PREFIX)) return;
    const name = unescapeRsync(line.slice(PREFIX.length));
    const isDirectory = name.endsWith('/');
    const path = (isDirectory ? name.slice(0, -1) : name) as BytePath;
    // Anything else would lead out of the tree, to what is then listed with its content.
    if (path === '' || !isRelative(path)) return;
    if (this.found.length < MOST) this.found.push({ path, isDirectory });
    else this.overflowed = true;
  }
}
