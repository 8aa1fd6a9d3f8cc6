/** Mounts for a test, unmounted at its end. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { needsMounts } from './offers.js';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';
import { PATIENCE, until } from './until.js';

/** Milliseconds between two tries to unmount, and how many. */
const PAUSE = 20;
const TRIES = PATIENCE / PAUSE;

export interface Mounted {
  /**
   * Runs umount(8) with the options. Without options it fails when the mount stays in use in this
   * namespace, or in one that shares it: a handler may still be ending.
   */
  unmount(...options: readonly string[]): void;
}

/**
 * Creates the mount point and mounts there. @param words arguments for mount(8) before the mount
 * point
 */
export function mountAt(scope: Scope, words: readonly string[], point: string): Mounted {
  mkdirSync(point, { recursive: true });
  execFileSync('mount', [...words, point]);
  let mounted = true;
  const unmount = (...options: readonly string[]): void => {
    for (let tries = 1; mounted; tries++) {
      const { status, stderr } = spawnSync('umount', [...options, point], { encoding: 'utf8' });
      mounted = status !== 0;
      if (mounted && (tries === TRIES || !stderr.includes('busy'))) throw new Error(stderr);
      if (mounted) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  };
  // Lazily, as a daemon may still use it; and before the directories are removed.
  atEnd(scope, () => unmount('--lazy'));
  return { unmount };
}

/** Mounts it anew: `ro` waits until no file there is open to be written. */
export async function remount(point: string, how: 'ro' | 'rw'): Promise<void> {
  let said = '';
  const isDone = (): boolean => {
    const words = ['-o', `remount,${how}`, point];
    const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
    said = stderr;
    return status === 0;
  };
  await until(`${point} to be ${how}`, isDone, { detail: () => said });
}

/** For `{ skip }`: false when a file system in a file can be mounted. */
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

/** Whether it is still mounted in any namespace. */
export function isInUse(disk: string): boolean {
  return execFileSync('losetup', ['--associated', disk], { encoding: 'utf8' }) !== '';
}
