/** What rsync says it would delete, with `--dry-run --info=del`. */
import type { BytePath } from '../../shared/bytes.js';
import type { Extra } from '../protection.js';
import { RsyncOutput } from './rsync-output.js';

const PREFIX = 'deleting ';
/** Bytes that cannot be printed, and a backslash that looks like such: `\#` and three octal digits. */
const ESCAPED = /\\#([0-3][0-7]{2})/g;

export class RsyncDeletions extends RsyncOutput {
  private readonly found: Extra[] = [];
  private left = '';

  constructor() {
    super(() => undefined);
  }

  override stdout(chunk: Buffer): void {
    const lines = (this.left + chunk.toString('latin1')).split(/[\r\n]/);
    this.left = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  extras(): readonly Extra[] {
    return this.found;
  }

  private take(line: string): void {
    if (!line.startsWith(PREFIX)) return;
    const name = line.slice(PREFIX.length).replace(ESCAPED, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const isDirectory = name.endsWith('/');
    this.found.push({ path: (isDirectory ? name.slice(0, -1) : name) as BytePath, isDirectory });
  }
}
