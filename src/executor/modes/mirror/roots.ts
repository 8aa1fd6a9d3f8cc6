/**
 * Source and destination, opened once: what is put in their place later is another directory, and
 * nothing is done there. Where that is the right one, the master starts this process again.
 */
import { closeSync, fchmod, fchmodSync, fstat, fstatSync, lstat, opendir } from 'node:fs';
import { constants as os } from 'node:os';
import { promisify } from 'node:util';
import { display, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { native } from '../../../shared/native.js';
import type { Failure } from '../failure.js';
import { failureAt } from '../failure.js';
import { failureNaming } from './outcomes.js';

/** Bits of a mode: all that can be set, and what an owner needs to make names. */
const [PERMISSIONS, WRITABLE] = [0o7777, 0o300] as const;

// Not of fs/promises, which takes milliseconds to load where JavaScript is interpreted.
const [stat, change] = [promisify(fstat), promisify(fchmod)];
const [statAt, openAt] = [promisify(lstat), promisify(opendir)];

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

/**
 * Why nothing can be done in it now; undefined: it is what stands at its path. A thread looks, as
 * in all that is asked at each sync: a file system may never answer.
 */
export async function lossOf({ path, identity }: Root, name: string): Promise<Failure | undefined> {
  try {
    const { dev, ino } = await statAt(toBuffer(path), { bigint: true });
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
  try {
    fchmodSync(root.descriptor, (mode & PERMISSIONS) | WRITABLE);
  } catch {
    return action(); // its owner is unknown in this user namespace, and has the number of this user
  }
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
export async function failureOfRoot(
  root: Root,
  name: string,
  isWritten: boolean,
): Promise<Failure | undefined> {
  const loss = await lossOf(root, name);
  if (loss !== undefined) return loss;
  try {
    const refusal = isWritten ? await refusalOf(root) : 0;
    if (refusal !== 0) return failureNaming(root.path, refusal, 'faccessat');
    const directory = await openAt(toBuffer(root.path));
    try {
      await directory.read();
    } finally {
      await directory.close();
    }
    return undefined;
  } catch (error) {
    return failureOfError(root.path, error);
  }
}

/** Why it cannot be written, although a sync opens it up: errno, or 0. */
async function refusalOf({ path, descriptor }: Root): Promise<number> {
  const refused = async (): Promise<number> => {
    const found = await native.lookAtWritable(toBuffer(path));
    return typeof found === 'number' ? found : 0;
  };
  const refusal = await refused();
  if (refusal === 0) return 0;
  const { uid, mode } = await stat(descriptor);
  if (uid !== process.geteuid?.()) return refusal;
  try {
    await change(descriptor, (mode & PERMISSIONS) | WRITABLE);
  } catch {
    return refusal;
  }
  try {
    return await refused();
  } finally {
    await change(descriptor, mode & PERMISSIONS);
  }
}

/** Rethrows an error that no system call gave. */
export function failureOfError(path: BytePath, error: unknown): Failure {
  const { errno, syscall } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return failureNaming(path, Math.abs(errno), syscall ?? '');
}
