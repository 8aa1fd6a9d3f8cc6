/**
 * Reads what rsync would delete from the output of `--dry-run --info=del`. The output is not
 * trusted, as it may come from another host.
 */
import { PATH_MAX, isRelative } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Extra } from './protection.js';
import { Lines } from '../../run/lines.js';
import { unescapeRsync } from './names.js';
import { RsyncOutput } from './output.js';

const PREFIX = 'deleting ';
/** Bytes of the longest line: rsync may write five bytes for each byte of a path. */
const LONGEST_LINE = PREFIX.length + 5 * PATH_MAX;
/** Most names that are read; when there are more, nothing is deleted. */
const MOST = 1_000_000;

export class RsyncDeletions extends RsyncOutput {
  private readonly found: Extra[] = [];
  private readonly written = new Lines(LONGEST_LINE, /[\r\n]/);
  /** There were more names than `MOST`. */
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
    // Any other path would lead out of the tree.
    if (path === '' || !isRelative(path)) return;
    if (this.found.length < MOST) this.found.push({ path, isDirectory });
    else this.overflowed = true;
  }
}
