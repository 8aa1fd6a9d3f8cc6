/** Whom a test runs a program as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = process.getuid?.() === 0;

/** An account that every Debian has and that owns nothing. */
export const ORDINARY_USER: User = { name: 'games', uid: 5, gid: 60 };

/** For `{ skip }` of tests that need root; false when we are. */
export const needsRoot: string | false = isRoot ? false : 'needs root';
