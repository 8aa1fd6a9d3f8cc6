/** What we always tell rsync, and what its exit codes mean (rsync(1)). */
import type { BytePath } from '../../../shared/bytes.js';
import type { Window } from '../../lists/copies.js';
import { words } from '../../run/runner.js';
import { UNKNOWN_CODES } from '../../schedule/verdict.js';
import type { ExitCodes } from '../../schedule/verdict.js';

/** Some files could not be transferred. */
export const PARTIAL = 23;

/**
 * When what it reads is changed under it, some files are not transferred, or (a file became a
 * directory between two looks, say) its two sides lose each other: protocol, file I/O and stream
 * errors. 24: some files vanished before they were transferred. 11 is also said at the first file
 * for which there is no room, and there may be some for others. 255 is ssh's.
 */
export const RSYNC_CODES: ExitCodes = {
  done: [24],
  partial: [PARTIAL],
  partialIfFull: [11],
  changing: [2, 11, 12, PARTIAL],
  outage: [10, 12, 30, 35, 255],
};

/** Of a program that is expected to end as the rsync does which it runs, but may do more. */
export const RSYNC_SCRIPT_CODES: ExitCodes = { ...UNKNOWN_CODES, outage: RSYNC_CODES.outage };

/** All that `--modify-window` may be. */
export const WINDOWS: readonly Window[] = [-1, 0, 1];

/**
 * rsync otherwise takes a second write of the same size within one second for no change, where the
 * destination could tell.
 */
export function windowOption(window: Window): BytePath {
  return `--modify-window=${window}` as BytePath;
}

/**
 * `--force`: a directory that is not empty gives way to a file.
 * @param superuser the receiving side, here, is privileged without being uid 0
 */
export function rsyncOptions(superuser: boolean, oneFileSystem: boolean): BytePath[] {
  return words(
    '-aH',
    ...(superuser ? ['--super'] : []),
    ...(oneFileSystem ? ['-x'] : []),
    '--force',
  );
}
