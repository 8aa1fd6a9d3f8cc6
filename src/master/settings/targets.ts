/** Finds the places in the user's own arguments for rsync. */
import type { BytePath } from '../../shared/bytes.js';
import { isRemote } from '../../shared/places.js';
import { isDirectory, resolveLinks } from '../paths.js';

/** Options of rsync(1) whose value is the next word, which may look like a place. */
const WITH_VALUE = new Set([
  '-e',
  '--rsh',
  '-f',
  '--filter',
  '--exclude',
  '--include',
  '--chown',
  '--usermap',
  '--groupmap',
  '-T',
  '--temp-dir',
  '--backup-dir',
  '--compare-dest',
  '--copy-dest',
  '--link-dest',
  '--partial-dir',
  '--log-file',
  '--password-file',
  '--exclude-from',
  '--include-from',
  '--files-from',
  '--rsync-path',
  '--write-batch',
  '--only-write-batch',
  '--read-batch',
]);

/**
 * The words that name places: all words except options and their values. `%names%` are not
 * substituted yet.
 */
export function placesIn(words: readonly BytePath[]): BytePath[] {
  const isPlace = (word: BytePath, index: number): boolean =>
    !WITH_VALUE.has(words[index - 1] ?? '') && (word.startsWith('/') || isRemote(word));
  return words.filter((word, index) => !/%[A-Za-z]/.test(word) && isPlace(word, index));
}

/**
 * The local directory that rsync copies to, symbolic links resolved. undefined: there is none, or
 * one that -D would not accept either.
 */
export function localTarget(
  words: readonly BytePath[],
  watchDirectory: BytePath,
): BytePath | undefined {
  const last = placesIn(words).at(-1);
  if (last === undefined || isRemote(last) || !isDirectory(last)) return undefined;
  const resolved = resolveLinks(last);
  return resolved === '/' || resolved === watchDirectory ? undefined : resolved;
}
