/** Searches programs in PATH, as execvp(3) does. */
import { accessSync, constants, statSync } from 'node:fs';
import { fromText, join, toBuffer } from './bytes.js';
import type { BytePath } from './bytes.js';

/** The value of confstr(3), for an environment without PATH. */
const DEFAULT_PATH = fromText('/usr/bin:/bin');

/** Value of a variable in an environment of `NAME=value`. */
export function variableOf(environment: readonly BytePath[], name: string): BytePath | undefined {
  const found = environment.find((entry) => entry.startsWith(`${name}=`));
  return found === undefined ? undefined : (found.slice(name.length + 1) as BytePath);
}

/**
 * Paths at which `name`, without a slash, is searched, in order; never empty.
 * @param directory absolute; relative directories of PATH are resolved in it
 */
export function placesInPath(
  name: BytePath,
  environment: readonly BytePath[],
  directory: BytePath,
): BytePath[] {
  const path = variableOf(environment, 'PATH') ?? DEFAULT_PATH;
  return path
    .split(':')
    .map((part) => join(part === '' ? directory : absolute(part as BytePath, directory), name));
}

export function absolute(path: BytePath, directory: BytePath): BytePath {
  return path.startsWith('/') ? path : join(directory, path);
}

/** A regular file, also behind a symbolic link, that this process may execute. */
export function isProgram(path: BytePath): boolean {
  return isFile(path) && isExecutable(path);
}

export function isExecutable(path: BytePath): boolean {
  try {
    accessSync(toBuffer(path), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A regular file, also behind a symbolic link. False when it cannot be looked at, as in a directory
 * of PATH that this process may not enter.
 */
export function isFile(path: BytePath): boolean {
  try {
    return statSync(toBuffer(path)).isFile();
  } catch {
    return false;
  }
}
