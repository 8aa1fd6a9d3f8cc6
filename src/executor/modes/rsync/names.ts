/**
 * Finds paths in rsync's error messages. They are only hints: when a name is misread, a path that
 * did not fail is tried alone, and the path that failed is found by trying. Pure.
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
 * `\#` and three octal digits: rsync writes this for a byte that is not printable, and for a
 * backslash that could be mistaken for it.
 */
const ESCAPED = /\\#([0-3][0-7]{2})/g;
/** The name of a file that rsync is writing. */
const TEMPORARY = /^\.(.+)\.[A-Za-z0-9]{6}$/;

/** Most paths from error messages that are kept. */
const KEPT_NAMES = 10_000;

/** The real name for a name as rsync writes it. */
export function unescapeRsync(name: string): BytePath {
  return unescapeOctal(name, ESCAPED) as BytePath;
}

/** Whether it may be the name of a file that rsync is writing. */
export function isTemporary(path: BytePath): boolean {
  return TEMPORARY.test(basename(path));
}

/** @param line bytes, one character for each */
export function namesIn(line: string): BytePath[] {
  const quoted = [...line.matchAll(QUOTED)].map(([, name]) => name as string);
  const plain = PLAIN.flatMap((pattern) => pattern.exec(line)?.[1] ?? []);
  return [...quoted, ...plain].flatMap((name) => withoutTemporary(unescapeRsync(name)));
}

/** Adds the names in a line, unless there are very many. */
export function addNames(names: Set<BytePath>, line: string): void {
  for (const name of namesIn(line)) if (names.size < KEPT_NAMES) names.add(name);
}

/** Returns both forms, as a file of the user may have a name like a temporary one. */
function withoutTemporary(path: BytePath): BytePath[] {
  const name = TEMPORARY.exec(basename(path))?.[1];
  return name === undefined ? [path] : [path, join(parent(path), name as BytePath)];
}
