/** Mounts for a test, undone at its end. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';

/** `words`: what mount(8) is given before the mount point, which is made. */
export function mountAt(scope: Scope, words: readonly string[], point: string): void {
  mkdirSync(point, { recursive: true });
  execFileSync('mount', [...words, point]);
  // Detached, as a daemon may still be in it; and before the directories go.
  atEnd(scope, () => void execFileSync('umount', ['--lazy', point]));
}
