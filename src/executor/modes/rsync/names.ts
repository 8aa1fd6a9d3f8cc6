/**
 * Paths in what rsync complains of. They are hints: where a name is misread, what is set apart for
 * it was no failure, and what did fail is found by trying. Pure.
 */
import { basename, join, parent, unescapeOctal } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';

/** `mkstemp "/dst/d/.f.AbCdEf" failed: …`, `rename "…" -> "f": …`, `link_stat "…" failed`. */
const QUOTED = /"([^"]+)"/g;
/**
 * `delete_file: unlink(d/f) failed: …`, `filename overflows max-path len by 5: d/f`, `could not
 * make way for new regular file: f`, `ERROR: f failed verification`.
 */
const PLAIN = [
  /\b(?:unlink|rmdir)\((.+)\) failed/,
  /: ([^:"]+?)(?: \(\d+\))?$/,
  /ERROR: (.+) failed verification/,
];
/**
 * What rsync writes for a byte that cannot be shown, and for a backslash that looks like such: `\#`
 * and three octal digits.
 */
const ESCAPED = /\\#([0-3][0-7]{2})/g;
/** A file on its way has such a name. */
const TEMPORARY = /^\.(.+)\.[A-Za-z0-9]{6}$/;

/** A name as it is, of one as rsync writes it. */
export function unescapeRsync(name: string): BytePath {
  return unescapeOctal(name, ESCAPED) as BytePath;
}

/** @param line one character a byte */
export function namesIn(line: string): BytePath[] {
  const quoted = [...line.matchAll(QUOTED)].map(([, name]) => name as string);
  const plain = PLAIN.flatMap((pattern) => pattern.exec(line)?.[1] ?? []);
  return [...quoted, ...plain].flatMap((name) => withoutTemporary(unescapeRsync(name)));
}

/** A name may look like a temporary one and be none. */
function withoutTemporary(path: BytePath): BytePath[] {
  const name = TEMPORARY.exec(basename(path))?.[1];
  return name === undefined ? [path] : [path, join(parent(path), name as BytePath)];
}
