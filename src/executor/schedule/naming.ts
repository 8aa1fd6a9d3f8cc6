/** The paths of a sync, for people and programs: all of them where they are few. */
import { displayInTree } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';

/** Most paths of a sync that is named path by path. */
const FEW = 5;

/** One to a line, as `display` shows them; empty where they are many. */
export function listed(entries: readonly Pick<Entry, 'path'>[]): string {
  return entries.length > FEW ? '' : entries.map(({ path }) => displayInTree(path)).join('\n');
}

/** In words: the first of them, quoted, and how many there are besides. */
export function inWords(entries: readonly Pick<Entry, 'path'>[]): string {
  const names = entries.slice(0, FEW).map(({ path }) => `"${displayInTree(path)}"`);
  const more = entries.length > FEW ? ` and ${entries.length - FEW} more` : '';
  return names.join(', ') + more;
}
