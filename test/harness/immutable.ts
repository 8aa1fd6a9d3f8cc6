/** Files that nobody can change. */
import { spawnSync } from 'node:child_process';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';

export interface Immutable {
  /** From now on the file can be changed. */
  end(): void;
}

/**
 * Makes a file that no user, root included, can change until the end of the scope. Returns
 * undefined when the file system has no such files.
 */
export function makeImmutable(scope: Scope, path: string): Immutable | undefined {
  if (spawnSync('chattr', ['+i', path]).status !== 0) return undefined;
  const end = (): void => void spawnSync('chattr', ['-i', path]);
  atEnd(scope, end);
  return { end };
}
