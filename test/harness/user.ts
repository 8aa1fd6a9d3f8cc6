/** The user as whom a test runs a program. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = process.getuid?.() === 0;

/** An account that every Debian system has and that owns no files. */
export const ORDINARY_USER: User = { name: 'games', uid: 5, gid: 60 };

/** For `{ skip }` of tests that need root; false when we are root. */
export const needsRoot: string | false = isRoot ? false : 'needs root';

/**
 * Runs `work`, which must be synchronous, with the effective ids of `user`; undefined: with our
 * own.
 */
export function as<T>(user: User | undefined, work: () => T): T {
  if (user === undefined) return work();
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
