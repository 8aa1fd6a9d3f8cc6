/** User and group names or numbers of the options to numbers, by the system's databases. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { posix } from '../posix.js';

/** `origin`: where the name was written, for the error. Numbers need not exist in the database. */
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

/** `USER[:GROUP]`. */
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

/** 2^32-1 means "unchanged" to setresuid(2), and is no user. */
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
