/** Errors of system calls, as Node throws them. */

/** The name of the error, e.g. `ENOENT`; undefined of any other error. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** An error that has the name. */
export function errnoError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const ABSENCE: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/** What a call gives; undefined where there is nothing at its path (any more). */
export function ifPresent<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (ABSENCE.includes(codeOf(error))) return undefined;
    throw error;
  }
}
