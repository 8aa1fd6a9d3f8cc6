/**
 * Source and destination, opened once: what is put in their place later is another directory, and
 * nothing is done there. Where that is the right one, the master starts this process again.
 */
import { closeSync, fchmodSync, fstatSync, lstatSync, opendirSync } from 'node:fs';
import { constants as os } from 'node:os';
import { display, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { native } from '../../../shared/native.js';
import type { Failure } from '../failure.js';
import { failureAt } from '../failure.js';
import { failureNaming } from './outcomes.js';

/** Bits of a mode: all that can be set, and what an owner needs to make names. */
const [PERMISSIONS, WRITABLE] = [0o7777, 0o300] as const;

export interface Root {
  /** Absolute. */
  readonly path: BytePath;
  /** Taken over by the C part; closed by `closeRoot` where that does not get it. */
  readonly descriptor: number;
  readonly identity: string;
}

/** Throws as openat(2), with `errno` and `syscall`. */
export function openRoot(path: BytePath): Root {
  const descriptor = native.openRoot(toBuffer(path));
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return { path, descriptor, identity: `${dev}:${ino}` };
}

export function closeRoot({ descriptor }: Root): void {
  closeSync(descriptor);
}

/** Why nothing can be done in it now; undefined: it is what stands at its path. */
export function lossOf({ path, identity }: Root, name: string): Failure | undefined {
  try {
    const { dev, ino } = lstatSync(toBuffer(path), { bigint: true });
    if (`${dev}:${ino}` === identity) return undefined;
  } catch (error) {
    return failureOfError(path, error);
  }
  return failureAt(os.errno.ENOENT, `the ${name} ${display(path)} is another directory now`);
}

/**
 * Calls an action that writes into the root, although its owner may have made it read-only to
 * himself: a sync opens it up as well, and sets the mode at its end.
 */
export function writing<T>(root: Root, action: () => T): T {
  const { uid, mode } = fstatSync(root.descriptor);
  if (uid !== process.geteuid?.() || isWritable(root)) return action();
  fchmodSync(root.descriptor, (mode & PERMISSIONS) | WRITABLE);
  try {
    return action();
  } finally {
    fchmodSync(root.descriptor, mode & PERMISSIONS);
  }
}

function isWritable({ path }: Root): boolean {
  try {
    native.checkWritable(toBuffer(path));
    return true;
  } catch {
    return false;
  }
}

/** Why a directory cannot be used as a whole, after something in it has failed. */
export function failureOfRoot(root: Root, name: string, isWritten: boolean): Failure | undefined {
  const loss = lossOf(root, name);
  if (loss !== undefined) return loss;
  try {
    if (isWritten) writing(root, () => native.checkWritable(toBuffer(root.path)));
    const directory = opendirSync(toBuffer(root.path));
    try {
      directory.readSync();
    } finally {
      directory.closeSync();
    }
    return undefined;
  } catch (error) {
    return failureOfError(root.path, error);
  }
}

/** Rethrows an error that no system call gave. */
export function failureOfError(path: BytePath, error: unknown): Failure {
  const { errno, syscall } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return failureNaming(path, Math.abs(errno), syscall ?? '');
}
