/** Resolves the user and group names of the options to numbers, by the system's databases. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { posix } from '../posix.js';

/**
 * The uid of a user's name or number. A number need not exist in the database. `origin`: the place
 * the name was written at. Throws ClsyncError.
 */
export function userId(name: BytePath, origin: string): number {
  return isNumber(name)
    ? Number(name)
    : found('user', name, origin, ({ getpwnam }) => getpwnam(name).uid);
}

export function groupId(name: BytePath, origin: string): number {
  return isNumber(name)
    ? Number(name)
    : found('group', name, origin, ({ getgrnam }) => getgrnam(name).gid);
}

/** Parses `USER[:GROUP]`. Throws ClsyncError. */
export function parseOwner(
  text: BytePath,
  origin: string,
): { readonly uid: number; readonly gid?: number } {
  const colon = text.indexOf(':');
  if (colon < 0) return { uid: userId(text, origin) };
  return {
    uid: userId(text.slice(0, colon) as BytePath, origin),
    gid: groupId(text.slice(colon + 1) as BytePath, origin),
  };
}

/** Whether the text is a valid id. 2^32-1 is none: to setresuid(2) it means "unchanged". */
function isNumber(name: string): boolean {
  return /^[0-9]+$/.test(name) && Number(name) < 0xffffffff;
}

function found(
  what: string,
  name: BytePath,
  origin: string,
  look: (databases: ReturnType<typeof posix>) => number,
): number {
  const databases = posix();
  try {
    return look(databases);
  } catch {
    throw new ClsyncError('NO_SUCH_USER', origin, what, display(name));
  }
}
