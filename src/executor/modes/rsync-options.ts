/** What we always tell rsync, and what its exit codes mean (rsync(1)). */
import type { BytePath } from '../../shared/bytes.js';
import { words } from '../runner.js';

/** Some files could not be transferred. */
export const PARTIAL = 23;

/**
 * How rsync may end when what it reads is changed under it: some files were not transferred, or (a file became a directory between
 * two looks, say) its two sides lost each other: protocol, file I/O and stream errors.
 */
const DISTURBED: readonly number[] = [2, 11, 12, PARTIAL];

export function maybeDisturbed(exit: number): boolean {
  return DISTURBED.includes(exit);
}

/** Some files vanished before they were transferred. */
export const VANISHED = 24;

/**
 * `--modify-window=-1`: rsync otherwise takes a second write of the same size within one second for no change. `--force`: a directory
 * that is not empty gives way to a file.
 * @param superuser the receiving side, here, is privileged without being uid 0
 */
export function rsyncOptions(superuser: boolean, oneFileSystem: boolean): BytePath[] {
  return words('-aH', ...(superuser ? ['--super'] : []), ...(oneFileSystem ? ['-x'] : []), '--modify-window=-1', '--force');
}
