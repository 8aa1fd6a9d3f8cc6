/**
 * What a daemon of root's believes: configuration, rules and programs that nobody but root can
 * change, neither themselves nor by exchanging a directory above.
 */
import { closeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { codeOf } from '../shared/system-errors.js';
import {
  followPath,
  isOurs,
  isSticky,
  isTrusted,
  LinkRefusal,
  openDirectory,
  PathRefusal,
} from './open-path.js';
import type { Judge, Terms } from './open-path.js';
import { STARTER } from './starter.js';

/** Something that others can change. */
export class Distrust extends PathRefusal {
  readonly code = 'EPERM';
}

/** For files of a daemon that `--trust-files` tells to take all; undefined: nothing is refused. */
export function judgeOf({ trustFiles }: { readonly trustFiles: boolean }): Judge | undefined {
  return trustFiles || STARTER.euid !== 0 ? undefined : refuseOthers;
}

/**
 * For `.clsync.conf` in the home directory, which the environment names: there it must be root's or
 * the starter's.
 */
export function judgeOfHome(terms: { readonly trustFiles: boolean }): Judge | undefined {
  return terms.trustFiles ? undefined : (judgeOf(terms) ?? refuseOthersFile);
}

/** In a sticky directory, others change only what is theirs, and that is refused itself. */
function refuseOthers(found: Stats, path: BytePath): void {
  refuseOwner(found, path);
  if (!isOurs(found) && !isSticky(found))
    throw new Distrust(`others than root may write to ${display(path)} (chmod go-w)`);
}

function refuseOthersFile(found: Stats, path: BytePath): void {
  if (!found.isDirectory()) refuseOwner(found, path);
}

function refuseOwner(found: Stats, path: BytePath): void {
  if (!isTrusted(found)) throw new Distrust(`${display(path)} belongs to user ${found.uid}`);
}

/**
 * The error for the user about `path`, which `origin` (an option) names; undefined: `error` is of
 * another kind.
 */
export function distrustOf(
  error: unknown,
  origin: string,
  path: BytePath,
): ClsyncError | undefined {
  if (error instanceof LinkRefusal)
    return new ClsyncError('LINK_OF_OTHERS', origin, display(path), error.message);
  return error instanceof Distrust
    ? new ClsyncError('UNTRUSTED', origin, display(path), error.message)
    : undefined;
}

/**
 * Throws ClsyncError for the first program that others could change. What does not exist is not
 * executed.
 * @param programs absolute paths by what names them (an option)
 * @param chroot the root directory in which they are found
 */
export function checkPrograms(
  programs: readonly (readonly [origin: string, path: BytePath])[],
  chroot: BytePath | undefined,
  terms: { readonly trustFiles: boolean },
): void {
  const judge = judgeOf(terms);
  if (judge === undefined) return;
  const root = chroot === undefined ? undefined : rootIn(chroot, judge);
  try {
    for (const [origin, path] of programs) checkProgram(origin, path, { judge, root });
  } finally {
    if (root !== undefined) closeSync(root);
  }
}

function rootIn(chroot: BytePath, judge: Judge): number {
  try {
    return openDirectory(chroot, judge);
  } catch (error) {
    throw distrustOf(error, '--chroot', chroot) ?? error;
  }
}

function checkProgram(origin: string, path: BytePath, terms: Terms): void {
  try {
    followPath(path, 'any', terms);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
    throw distrustOf(error, origin, path) ?? error;
  }
}
