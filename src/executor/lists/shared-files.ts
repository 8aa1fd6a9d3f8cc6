/** Looks for inodes with several names that changed during a run for whole directories. */
import type { BytePath } from '../../shared/bytes.js';
import { EXACT } from './kept-times.js';
import type { Services } from '../modes/mode.js';
import { compare } from './comparison.js';

/**
 * Whether an inode with several names beneath these directories has changed. Refused paths are not
 * synced, so they are skipped.
 * @param since milliseconds since the epoch
 */
export async function sharedFileChanged(
  { settings, refused, ending }: Pick<Services, 'settings' | 'refused' | 'ending'>,
  directories: readonly BytePath[],
  since: number,
): Promise<boolean> {
  const { watchDirectory, oneFileSystem } = settings();
  const { shared } = await compare(
    {
      source: watchDirectory,
      destination: undefined,
      times: EXACT,
      oneFileSystem,
      since,
      skipped: refused.all,
      asked: 'shared',
      directories: directories.map((path) => ({ path })),
    },
    (found) => ending() || found.shared.length > 0,
  );
  return shared.length > 0;
}
