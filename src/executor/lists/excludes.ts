/** Patterns for rsync's filter lists that match one path, anchored at the transfer's root. */
import type { BytePath } from '../../shared/bytes.js';

/** For lists separated by NUL. rsync unescapes `\` only in patterns that hold a wildcard. */
export function exactPattern(path: BytePath): string {
  return '/' + (/[*?[]/.test(path) ? escaped(path) : path);
}

/** For lists separated by newlines: a line end in a name is matched as a control character. */
export function linePattern(path: BytePath): string {
  return /[\r\n]/.test(path) ? '/' + escaped(path).replace(/[\r\n]/g, '[[:cntrl:]]') : exactPattern(path);
}

/** Each ended by NUL, as rsync reads them with `--from0`. */
export function nulEnded(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => line + '\0').join(''), 'latin1');
}

function escaped(path: BytePath): string {
  return path.replace(/[\\*?[]/g, '\\$&');
}
