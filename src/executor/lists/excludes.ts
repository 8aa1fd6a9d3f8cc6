/** Patterns for rsync's filter lists that match one path, anchored at the transfer's root. */
import { ended } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { RefusedPaths } from '../intake/refused.js';

type Refusals = Pick<RefusedPaths, 'beneath' | 'contentsBeneath'>;

/** For lists separated by NUL. rsync unescapes `\` only in patterns that hold a wildcard. */
export function exactPattern(path: BytePath): string {
  return '/' + (/[*?[]/.test(path) ? escaped(path) : path);
}

/**
 * For lists separated by newlines: a newline or carriage return in a name becomes a pattern for any
 * control character.
 */
export function linePattern(path: BytePath): string {
  return /[\r\n]/.test(path) ? '/' + escapedLine(path) : exactPattern(path);
}

/**
 * A directory with everything beneath it, for lists separated by newlines. The suffix is a
 * wildcard, so `\` is always escaped.
 */
export function treePattern(directory: BytePath): string {
  return `/${escapedLine(directory)}/***`;
}

/** The content of a directory, without the directory itself. */
function contentPattern(directory: string): string {
  return `/${directory}/**`;
}

/** Patterns for refused paths beneath a directory synced whole, for lists separated by NUL. */
export function exactExcludes(refused: Refusals, directory: BytePath): string[] {
  return [
    ...refused.beneath(directory).map(exactPattern),
    ...refused.contentsBeneath(directory).map((path) => contentPattern(escaped(path))),
  ];
}

/** The same for lists separated by newlines. */
export function lineExcludes(refused: Refusals, directory: BytePath): string[] {
  return [
    ...refused.beneath(directory).map(linePattern),
    ...refused.contentsBeneath(directory).map((path) => contentPattern(escapedLine(path))),
  ];
}

/**
 * Excludes everything directly in these directories except these paths, and what the further
 * patterns match. For lists separated by NUL, after all other patterns.
 */
export function onlyThese(
  paths: readonly BytePath[],
  directories: readonly BytePath[],
  patterns: readonly string[] = [],
): string[] {
  return [
    ...paths.map((path) => `+ ${exactPattern(path)}`),
    ...patterns.map((pattern) => `+ ${pattern}`),
    ...directories.map((path) => (path === '' ? '/*' : `/${escaped(path)}/*`)),
  ];
}

/** Matches the names directly in a directory that rsync gives to files it is writing. */
export function temporariesIn(directory: BytePath): string {
  return `/${directory === '' ? '' : `${escaped(directory)}/`}.*.??????`;
}

/** Each line ended by NUL, as rsync expects them with `--from0`. */
export function nulEnded(lines: readonly string[]): Buffer {
  return ended(lines, '\0');
}

function escapedLine(path: BytePath): string {
  return escaped(path).replace(/[\r\n]/g, '[[:cntrl:]]');
}

function escaped(path: BytePath): string {
  return path.replace(/[\\*?[]/g, '\\$&');
}
