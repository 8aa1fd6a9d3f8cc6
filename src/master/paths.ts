/** Paths of the options: made absolute and checked before the daemon changes anything. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { codeOf, systemReason } from '../shared/system-errors.js';
import { display, fromBuffer, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { absolute, isFile, isProgram, placesInPath } from '../shared/program-search.js';
import { followPath, LinkRefusal } from './open-path.js';

/** The directory the daemon was started in. Throws ClsyncError when it has been removed. */
export function startDirectory(): BytePath {
  try {
    return fromBuffer(realpathSync.native('.', 'buffer'));
  } catch {
    throw new ClsyncError('START_DIRECTORY_GONE');
  }
}

/**
 * The absolute path of a directory, symbolic links resolved; only links that no other user can
 * change are followed. `origin`: the option, for the error. Throws ClsyncError.
 */
export function existingDirectory(path: BytePath, directory: BytePath, origin: string): BytePath {
  const wanted = absolute(path, directory);
  try {
    return followPath(wanted, 'directory');
  } catch (error) {
    throw pathError(error, wanted, origin);
  }
}

/**
 * The path with all symbolic links resolved. Throws an errno error. Uses the native realpath,
 * because the other one of Node decodes the bytes as UTF-8.
 */
export function resolveLinks(path: BytePath): BytePath {
  return fromBuffer(realpathSync.native(toBuffer(path), 'buffer'));
}

/** Throws ClsyncError when the daemon may not list or enter the directory. */
export function checkReadable(path: BytePath, origin: string): void {
  try {
    accessSync(toBuffer(path), constants.R_OK | constants.X_OK);
  } catch (error) {
    throw pathError(error, path, origin);
  }
}

/**
 * Throws ClsyncError when the path does not exist, leads to nothing as a symbolic link, or cannot
 * be accessed.
 */
export function checkPresent(path: BytePath, origin: string): void {
  try {
    followPath(path, 'any');
  } catch (error) {
    throw pathError(error, path, origin);
  }
}

/**
 * The absolute path of a local destination, symbolic links resolved. Throws ClsyncError when it
 * cannot be one.
 */
export function localDestination(path: BytePath, directory: BytePath, origin: string): BytePath {
  const resolved = existingDirectory(path, directory, origin);
  if (resolved === '/') throw new ClsyncError('DESTINATION_ROOT', origin);
  return resolved;
}

/**
 * The absolute path of an executable file, or undefined when there is none. A name without a slash
 * is looked up in PATH first, then in the directory the daemon was started in. Symbolic links are
 * kept, because some programs depend on the name they are called by.
 */
export function findProgram(
  name: BytePath,
  {
    environment,
    directory,
  }: { readonly environment: readonly BytePath[]; readonly directory: BytePath },
): BytePath | undefined {
  const places = name.includes('/') ? [] : placesInPath(name, environment, directory);
  const direct = absolute(name, directory);
  return places.find(isProgram) ?? (isFile(direct) ? direct : undefined);
}

export function isDirectory(path: BytePath): boolean {
  try {
    return statSync(toBuffer(path)).isDirectory();
  } catch {
    return false;
  }
}

function pathError(error: unknown, path: BytePath, origin: string): unknown {
  if (error instanceof LinkRefusal)
    return new ClsyncError('LINK_OF_OTHERS', origin, display(path), error.message);
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE') return error; // no fault of the path
  if (code === 'ENOENT') return new ClsyncError('PATH_ABSENT', origin, display(path));
  if (code === 'ENOTDIR') return new ClsyncError('PATH_NOT_DIRECTORY', origin, display(path));
  if (code === 'EACCES' || code === 'EPERM')
    return new ClsyncError('PATH_DENIED', origin, display(path));
  return new ClsyncError('PATH_UNUSABLE', origin, display(path), systemReason(error));
}
