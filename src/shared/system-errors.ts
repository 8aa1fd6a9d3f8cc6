/** Errors of system calls, as Node throws them. */
import { getSystemErrorMap } from 'node:util';

/** The name of the error, e.g. `ENOENT`; undefined of any other error. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** An error that has the name. */
export function errnoError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** What libuv says of calls that are no fault of a user. */
const IN_WORDS: Readonly<Record<string, string>> = { EISDIR: 'is a directory' };

/** Why a system call failed, as people read it; the message of any other error. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  const known = [...getSystemErrorMap().values()].find(([name]) => name === code);
  return IN_WORDS[code] ?? known?.[1] ?? code;
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
