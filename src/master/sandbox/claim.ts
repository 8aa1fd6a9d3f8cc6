/**
 * Claims of uids among the daemons of a host. Two that share a uid share its limits (processes,
 * watches), may signal each other, and reach each other's files.
 */
import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { codeOf } from '../../shared/system-errors.js';
import { lockFile } from '../native.js';
import { inDirectory, openDirectory } from '../open-path.js';

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
/** Each holds a file for each claimed uid, named by it and locked by the daemon that has it. */
const PLACE = ['/run/clsync', '/run/clsync/.uids'] as const;

/** The open files of this process's claims, by uid. */
const held = new Map<number, number>();
let directory: number | undefined;

/**
 * Claims the uid until this process ends, whatever ends it. `left`: a daemon that had it was
 * killed, and some of its processes may yet have to end. undefined: another process has the claim.
 * Throws an Error with `code` when there is no place for claims (/run cannot be written).
 */
export function claim(uid: number): 'new' | 'left' | undefined {
  if (held.has(uid)) return 'new';
  directory ??= openPlace();
  const file = inDirectory(directory, fromText(String(uid)));
  for (;;) {
    const before = existsSync(file) ? 'left' : 'new';
    const descriptor = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    if (!lockFile(descriptor)) {
      closeSync(descriptor);
      return undefined;
    }
    // Its former holder may have removed the file between the two calls.
    if (fstatSync(descriptor).nlink > 0) {
      held.set(uid, descriptor);
      return before;
    }
    closeSync(descriptor);
  }
}

/** The files of the claims, for who removes them in the end; undefined: there are none. */
export function claims(): { readonly directory: BytePath; readonly names: BytePath[] } | undefined {
  const names = [...held.keys()].map((uid) => fromText(String(uid)));
  return directory === undefined ? undefined : { directory: fromText(PLACE[1]), names };
}

/** Gives a claim up. */
export function release(uid: number): void {
  const descriptor = held.get(uid);
  if (descriptor === undefined || directory === undefined) return;
  held.delete(uid);
  try {
    rmSync(inDirectory(directory, fromText(String(uid))));
  } catch {
    // A file that is not locked claims nothing.
  }
  closeSync(descriptor);
}

function openPlace(): number {
  PLACE.forEach((path, depth) => make(path, depth === 0 ? 0o755 : 0o700));
  process.once('exit', () => [...held.keys()].forEach(release));
  return openDirectory(PLACE[1] as BytePath);
}

function make(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
