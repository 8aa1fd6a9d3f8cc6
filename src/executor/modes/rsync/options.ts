/** The options of every rsync run, and the meaning of rsync's exit codes (rsync(1)). */
import type { BytePath } from '../../../shared/bytes.js';
import type { Mirrored } from '../../../shared/seccomp/special.js';
import type { Window } from '../../lists/copies.js';
import type { Ending } from '../../run/ending.js';
import { words } from '../../run/runner.js';
import { UNKNOWN_CODES } from '../../schedule/verdict.js';
import type { ExitCodes } from '../../schedule/verdict.js';

/** Some files could not be transferred. */
export const PARTIAL = 23;
/** The stream between the two ends broke off. */
const STREAM = 12;

/**
 * When the source changes while rsync reads it, some files are not transferred (23), or sender and
 * receiver disagree, for example because a file became a directory: protocol (2), file I/O (11) and
 * stream (12) errors. 24: some files vanished before they were transferred. rsync also ends with 11
 * at the first file for which there is no space, and smaller files may still fit. 255 is an error
 * of ssh.
 */
export const RSYNC_CODES: ExitCodes = {
  done: [24],
  partial: [PARTIAL],
  partialIfFull: [11],
  changing: [2, 11, STREAM, PARTIAL],
  outage: [10, STREAM, 30, 35, 255],
};

/**
 * Whether one of the files may have ended the run. Where nothing can be connected to, none has, and
 * no other call shows more.
 */
export function mayBeOfOne(ending: Ending): boolean {
  return (
    ending.kind === 'killed' ||
    ending.kind === 'timedOut' ||
    (ending.kind === 'exited' && ending.code === STREAM)
  );
}

/** For a script that runs rsync and is expected to pass on its exit code, but may do more. */
export const RSYNC_SCRIPT_CODES: ExitCodes = { ...UNKNOWN_CODES, outage: RSYNC_CODES.outage };

/** A directory at the destination is not replaced by something else. */
export const UNFORCED = words('--no-force');

/**
 * An ordinary user's rsync makes what it deletes writable first, and so all other names of the file
 * (3.5.0). Whoever deletes before anything else corrects those names afterwards. But it opens a
 * directory that its owner may not write only when it comes to it: before, it deletes nothing
 * there.
 * @param superuser as for `rsyncOptions`
 */
export function deleting(superuser: boolean): BytePath[] {
  return words('--delete', ...(superuser ? [] : [BEFORE]));
}
export const BEFORE = '--delete-before';
const NOT_DELETED = /delete_file: (?:rmdir|unlink)\(/;

/** Whether a line of rsync is about a name that it could not delete. */
export function isOfDeletion(line: string): boolean {
  return NOT_DELETED.test(line);
}

/** All values of `--modify-window` that are used. */
export const WINDOWS: readonly Window[] = [-1, 0, 1];

/**
 * By default rsync compares whole seconds: it misses a second write of the same size within one
 * second, even if the destination stores nanoseconds.
 */
export function windowOption(window: Window): BytePath {
  return `--modify-window=${window}` as BytePath;
}

/**
 * `--force`: a file can replace a directory that is not empty.
 * @param superuser the receiver is local and has capabilities, but is not uid 0
 * @param twoWay a file that is newer at the destination stays
 * @param mirrored what the receiver may make; the rest is left out
 */
export function rsyncOptions(
  superuser: boolean,
  { oneFileSystem, twoWay }: { readonly oneFileSystem: boolean; readonly twoWay: boolean },
  { setid, devices }: Mirrored,
): BytePath[] {
  return words(
    '-aH',
    ...(superuser ? ['--super'] : []),
    ...(oneFileSystem ? ['-x'] : []),
    ...(setid ? [] : ['--chmod=ug-s']),
    ...(devices ? [] : ['--no-devices']),
    '--force',
    ...(twoWay ? ['--update'] : []),
  );
}
