/** What has several names and changed under a run that took a directory whole. */
import type { BytePath } from '../../shared/bytes.js';
import { EXACT } from '../modes/rsync/kept-times.js';
import type { Services } from '../modes/mode.js';
import { compare } from './comparison.js';

/**
 * Whether anything with several names beneath these directories has changed since, milliseconds
 * since the epoch. What the rules refuse is not synced, and not looked at.
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
