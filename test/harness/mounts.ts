/** Mounts for a test, undone at its end. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { needsMounts } from './offers.js';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';

export interface Mounted {
  /**
   * As umount(8) with the options given: without any it fails while somebody holds it in this
   * namespace, or in one it is shared with.
   */
  unmount(...options: readonly string[]): void;
}

/** `words`: what mount(8) is given before the mount point, which is made. */
export function mountAt(scope: Scope, words: readonly string[], point: string): Mounted {
  mkdirSync(point, { recursive: true });
  execFileSync('mount', [...words, point]);
  let mounted = true;
  const unmount = (...options: readonly string[]): void => {
    if (mounted) execFileSync('umount', [...options, point]);
    mounted = false;
  };
  // Detached, as a daemon may still be in it; and before the directories go.
  atEnd(scope, () => unmount('--lazy'));
  return { unmount };
}

/** For `{ skip }`: false where a file system in a file can be mounted. */
export const needsDisks: string | false =
  needsMounts() ||
  (existsSync('/dev/loop-control') && existsSync('/usr/sbin/mkfs.ext4')
    ? false
    : 'needs loop devices and mkfs.ext4');

/** A disk that can be mounted with `['-o', 'loop', disk]`: a file with an empty file system. */
export function makeDisk(path: string, ...options: readonly string[]): string {
  writeFileSync(path, '');
  truncateSync(path, 16 << 20);
  execFileSync('/usr/sbin/mkfs.ext4', [
    '-q',
    '-E',
    'lazy_itable_init=0,nodiscard',
    ...options,
    path,
  ]);
  return path;
}

/** Whether the kernel still has it open, in whatever namespace it may be mounted. */
export function isInUse(disk: string): boolean {
  return execFileSync('losetup', ['--associated', disk], { encoding: 'utf8' }) !== '';
}
