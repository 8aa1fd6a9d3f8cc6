/**
 * File names are bytes: anything but `/` and NUL, not necessarily UTF-8 (path_resolution(7)).
 *
 * A `BytePath` is such a name held in a string of one character per byte (what Node calls
 * `latin1`), so that it can key a `Map`, be compared and be sorted in byte order. It is never shown
 * or passed to an API as it is: `toBuffer` returns its bytes, `display` a text for people.
 */
declare const brand: unique symbol;
export type BytePath = string & { readonly [brand]: 'BytePath' };

/** The watch directory itself, as a relative path. */
export const ROOT = '' as BytePath;

/** PATH_MAX of limits.h, in bytes. */
export const PATH_MAX = 4096;
/** NAME_MAX likewise. */
const NAME_MAX = 255;

export function fromBuffer(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
  ) as BytePath;
}

/**
 * From an ordinary (UTF-16) string; use only for text that began as one, such as a constant or
 * JSON.
 */
export function fromText(text: string): BytePath {
  return fromBuffer(Buffer.from(text, 'utf8'));
}

/** For numbers: without a compiler the methods of Buffer take several times as long. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

export function toBuffer(path: BytePath): Buffer {
  return bytesOf(path);
}

/** The bytes of a text that has one character per byte. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/**
 * Line ends, control characters (C0 and C1) and characters that reorder text. Without them a name
 * takes one line and cannot look like another.
 */
const MISLEADING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A path for people: decoded if it is UTF-8. Other bytes, and characters that could mislead the
 * reader, appear as `\xNN`.
 */
export function display(path: BytePath): string {
  const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text: string;
  try {
    text = decoded.decode(toBuffer(path));
  } catch {
    text = path.replace(/[\x80-\xff]/g, (char) => hex(Buffer.from(char, 'latin1')));
  }
  return plain(text);
}

/** A text in which characters that could mislead the reader appear as `\xNN`. */
export function plain(text: string): string {
  return text.replace(MISLEADING, (char) => hex(Buffer.from(char, 'utf8')));
}

function hex(bytes: Buffer): string {
  return [...bytes].map((byte) => '\\x' + byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of the lines (one character per byte), each followed by `end`. */
export function ended(lines: Iterable<string>, end: '\n' | '\0' | ''): Buffer {
  let text = '';
  for (const line of lines) text += line + end;
  return bytesOf(text);
}

/** @param escape matches an escaped byte; its group is the three octal digits */
export function unescapeOctal(text: string, escape: RegExp): string {
  return text.replace(escape, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

export function join(directory: BytePath, name: BytePath): BytePath {
  return (
    directory === '' ? name : directory === '/' ? '/' + name : directory + '/' + name
  ) as BytePath;
}

/** As a path in the tree is shown: the root is a dot. */
export function displayInTree(path: BytePath): string {
  return path === ROOT ? '.' : display(path);
}

/**
 * The directory a path is in; the parent of a top-level name is `ROOT`, and `ROOT` is its own
 * parent.
 */
export function parent(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as BytePath;
}

/**
 * Relative paths of the directories above, the nearest first, the root last; none above the root.
 */
export function* directoriesAbove(path: BytePath): Iterable<BytePath> {
  for (let directory = path; directory !== ROOT;) {
    directory = parent(directory);
    yield directory;
  }
}

/** Whether a relative path lies in one of these directories. */
export function isBeneath(path: BytePath, directories: ReadonlySet<BytePath>): boolean {
  for (const above of directoriesAbove(path)) if (directories.has(above)) return true;
  return false;
}

export function basename(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1) as BytePath;
}

/** Whether `path` is `directory` or lies beneath it. */
export function isWithin(path: BytePath, directory: BytePath): boolean {
  if (directory === '/') return path.startsWith('/');
  return (
    directory === '' ||
    path === directory ||
    (path.length > directory.length && path.startsWith(directory) && path[directory.length] === '/')
  );
}

/**
 * Whether a received string may be used as a path relative to the watch directory: no NUL, not
 * absolute, no empty, `.` or `..` part.
 */
export function isRelative(path: BytePath): boolean {
  if (path === '') return true;
  if (path.length > PATH_MAX || path.includes('\0')) return false;
  const framed = `/${path}/`;
  if (framed.includes('//') || framed.includes('/./') || framed.includes('/../')) return false;
  return path.length <= NAME_MAX || path.split('/').every((part) => part.length <= NAME_MAX);
}

/** A number below 2^32 as four bytes, the lowest first, in a string of one character per byte. */
export function littleEndian(value: number): string {
  return String.fromCharCode(
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
    value >>> 24,
  );
}
