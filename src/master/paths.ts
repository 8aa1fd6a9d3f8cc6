/** Paths of the options: made absolute, checked while nothing has been touched yet. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { codeOf } from '../shared/system-errors.js';
import { display, fromBuffer, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { absolute, isFile, isProgram, placesInPath } from '../shared/program-search.js';

/** The directory the daemon was started in. Throws ClsyncError where that has been removed. */
export function startDirectory(): BytePath {
  try {
    return fromBuffer(realpathSync.native('.', 'buffer'));
  } catch {
    throw new ClsyncError('START_DIRECTORY_GONE');
  }
}

/** Symbolic links resolved. `origin`: the option, for the error. */
export function existingDirectory(path: BytePath, directory: BytePath, origin: string): BytePath {
  const wanted = absolute(path, directory);
  try {
    const resolved = resolveLinks(wanted);
    if (!statSync(toBuffer(resolved)).isDirectory())
      throw new ClsyncError('PATH_NOT_DIRECTORY', origin, display(wanted));
    return resolved;
  } catch (error) {
    throw pathError(error, wanted, origin);
  }
}

/**
 * The path without symbolic links; throws an errno error. Node's other realpath takes bytes for
 * UTF-8.
 */
export function resolveLinks(path: BytePath): BytePath {
  return fromBuffer(realpathSync.native(toBuffer(path), 'buffer'));
}

/** Whether the daemon may list a directory and go into it. */
export function checkReadable(path: BytePath, origin: string): void {
  try {
    accessSync(toBuffer(path), constants.R_OK | constants.X_OK);
  } catch (error) {
    throw pathError(error, path, origin);
  }
}

/**
 * Throws ClsyncError when nothing is there, also behind symbolic links, or nothing that can be
 * looked at.
 */
export function checkPresent(path: BytePath, origin: string): void {
  try {
    statSync(toBuffer(path));
  } catch (error) {
    throw pathError(error, path, origin);
  }
}

/** A local destination, resolved; throws where it cannot be one. */
export function localDestination(path: BytePath, directory: BytePath, origin: string): BytePath {
  const resolved = existingDirectory(path, directory, origin);
  if (resolved === '/') throw new ClsyncError('DESTINATION_ROOT');
  return resolved;
}

/**
 * An executable file, absolute: a name without a slash is looked up in PATH first, then in the
 * directory the daemon was started in. Symbolic links are kept: some programs go by the name they
 * are called by. undefined: there is none.
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
  if (error instanceof ClsyncError) return error;
  const code = codeOf(error);
  if (code === 'ENOENT') return new ClsyncError('PATH_ABSENT', origin, display(path));
  if (code === 'ENOTDIR') return new ClsyncError('PATH_NOT_DIRECTORY', origin, display(path));
  return new ClsyncError('PATH_DENIED', origin, display(path), code ?? String(error));
}
