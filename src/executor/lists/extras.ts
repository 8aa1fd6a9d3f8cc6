/** What only a local destination has, of that which a list would delete. */
import { ifLocal } from '../../shared/places.js';
import type { BytePath } from '../../shared/bytes.js';
import { EXACT } from '../modes/rsync/kept-times.js';
import type { Services, Situation } from '../modes/mode.js';
import type { Extra, Protection } from '../modes/rsync/protection.js';
import { compare } from './comparison.js';
import { linePattern } from './excludes.js';
import { isWhole } from './files-from.js';
import type { Located } from './files-from.js';

export type Places = readonly { readonly path: BytePath; readonly shallow?: boolean }[];

/**
 * Where a list for these paths deletes: beneath directories taken whole, and in the place of what
 * is gone or is no directory.
 */
export function placesOf(items: readonly Located[]): Places {
  return items
    .filter((item) => isWhole(item) || item.status?.kind !== 'directory')
    .map(({ path }) => ({ path }));
}

/** Directories that the source's rules refuse are not looked into: nothing of them is listed. */
export async function extrasIn(
  services: Services,
  destination: BytePath,
  places: Places,
): Promise<readonly Extra[]> {
  const { refused, settings, ending } = services;
  const { watchDirectory, oneFileSystem } = settings();
  const answer = await compare(
    {
      source: watchDirectory,
      destination,
      times: EXACT,
      oneFileSystem,
      since: undefined,
      skipped: [...refused.all, ...refused.contents],
      asked: 'extra',
      directories: places,
    },
    ending,
  );
  return answer.extra;
}

/**
 * Lines of an exclude list for what the rules refuse at the destination, as far as that can be
 * looked at.
 */
export async function sparedLines(
  services: Services,
  protection: Protection,
  items: readonly Located[],
  situation: Situation,
): Promise<string[]> {
  const { rsyncPreferInclude, destination: place } = services.settings();
  const destination = ifLocal(place);
  if (destination === undefined || rsyncPreferInclude || !protection.isNeeded(situation)) return [];
  return protection
    .divide(await extrasIn(services, destination, placesOf(items)))
    .refused.map(linePattern);
}
