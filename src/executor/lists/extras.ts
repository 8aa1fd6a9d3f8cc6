/** Finds names that only a local destination has and that a list would delete. */
import { ifLocal } from '../../shared/places.js';
import type { BytePath } from '../../shared/bytes.js';
import { EXACT } from './kept-times.js';
import type { Services, Situation } from '../modes/mode.js';
import type { Extra, Protection } from '../modes/rsync/protection.js';
import { compare } from './comparison.js';
import { linePattern } from './excludes.js';
import { isWhole } from './files-from.js';
import type { Located } from './files-from.js';

/** Paths to be examined; `shallow`: one level only. */
export type Places = readonly { readonly path: BytePath; readonly shallow?: boolean }[];

/**
 * The places where a list for these paths deletes: beneath directories synced whole, and at paths
 * that are absent or not a directory.
 */
export function placesOf(items: readonly Located[]): Places {
  return items
    .filter((item) => isWhole(item) || item.status?.kind !== 'directory')
    .map(({ path }) => ({ path }));
}

/**
 * The names that only the destination has at these places. Refused directories are not entered, as
 * no list contains anything of them.
 */
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
 * Lines of an exclude list for names that only the destination has and the rules refuse. None for a
 * remote destination, which cannot be examined.
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
