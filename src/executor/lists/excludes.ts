import type { BytePath } from '../../shared/bytes.js';

/** A pattern for rsync's filter lists that matches exactly this path, anchored at the transfer's root. rsync unescapes `\` only where there is a wildcard. */
export function exactPattern(path: BytePath): BytePath {
  return ('/' + (/[*?[]/.test(path) ? path.replace(/[\\*?[]/g, '\\$&') : path)) as BytePath;
}

/** Each ended by NUL, as rsync reads them with `--from0`. */
export function nulEnded(lines: readonly BytePath[]): Buffer {
  return Buffer.from(lines.map((line) => line + '\0').join(''), 'latin1');
}
