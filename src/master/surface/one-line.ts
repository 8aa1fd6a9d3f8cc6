/** A message as a single line of printable text. */

/** The most characters of a message: an outlet must be able to take it whole (64 KiB of UTF-8). */
const LENGTH_MAX = 16 << 10;

/**
 * Escapes control characters: text of roles and programs must not end a line or control a terminal.
 */
export function oneLine(text: string): string {
  return text
    .trimEnd()
    .slice(0, LENGTH_MAX)
    .replace(
      /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .slice(0, LENGTH_MAX);
}
