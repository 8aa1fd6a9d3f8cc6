/**
 * The list file of modes `shell` and `direct`: one line for each path, `sync LABEL MASK PATH`, see
 * clsync(1).
 */
import { display, ended } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';

export interface SynclistOptions {
  readonly label: BytePath;
  /** `--synclist-simplify`: the path alone. */
  readonly simplify: boolean;
  /** How the root is written. */
  readonly root: '' | '.';
}

/**
 * A path with a newline is left out and reported: in such a list, a part of it could be read as
 * another path.
 */
export function synclist(
  entries: readonly Entry[],
  options: SynclistOptions,
  report: Report,
): Buffer {
  let lines = '';
  for (const { path, mask } of entries) {
    if (path.includes('\n')) {
      report(
        'warning',
        `${display(path)}: a name with a newline cannot be written into a list file; it ` +
          'is left out',
      );
      continue;
    }
    const name = path === '' ? options.root : path;
    lines += options.simplify ? `${name}\n` : `sync ${options.label} ${mask} ${name}\n`;
  }
  return ended([lines], '');
}
