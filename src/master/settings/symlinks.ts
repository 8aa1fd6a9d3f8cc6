/** Whether symbolic links in the trees of a mirror lead somewhere: `--follow-symlinks`. */
import type { BytePath } from '../../shared/bytes.js';
import { keepsCopy } from '../../shared/modes.js';
import type { Options } from '../options/table.js';
import type { Paths } from './load-paths.js';

/** Options of rsync(1) that have it follow links: -L, -k, -K and those in other words. */
const FOLLOWING =
  /^(?:-[A-Za-z0-9@]*[LkK]|--(?:copy-links|copy-unsafe-links|(?:copy|keep)-dirlinks)$)/;

/**
 * What clsync or rsync copies is copied by name, and a link is copied itself: there `auto` is no,
 * unless rsync is told otherwise. Other handlers may use the tree as they like.
 * @param words arguments of the user for the handler
 */
export function followsLinks(
  values: Options,
  { mode }: Paths,
  words: readonly BytePath[],
): boolean {
  const wanted = values['follow-symlinks'];
  if (wanted !== 'auto') return wanted === 'yes';
  return (
    !keepsCopy(mode) || [...words, ...values['rsync-option']].some((word) => FOLLOWING.test(word))
  );
}
