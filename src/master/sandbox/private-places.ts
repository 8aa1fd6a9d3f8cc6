/** The executor's own temporary directories, from which nothing can be executed. */
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { MountRow, View } from '../../shared/specification.js';
import type { Grant } from './grants.js';
import type { SandboxSettings } from './settings.js';

/**
 * Their paths; a path inside a granted one is left out, because the private directory would hide
 * it.
 */
export function privatePlaces(settings: SandboxSettings, grants: readonly Grant[]): BytePath[] {
  const usual = new Set([fromText('/tmp'), settings.temporaryDirectory]);
  return [...usual].filter((place) => !isGranted(place, grants));
}

/** Bounded in bytes and in files, also because what calls leave there is removed after them. */
const PRIVATE = 'mode=1777,size=25%,nr_inodes=100000';

/** The private directories in a view, all file systems of their own. */
export function privateIn(view: View | undefined): BytePath[] {
  return (view?.rows ?? [])
    .filter((row) => row.kind === 'tmpfs' && row.options === PRIVATE)
    .map(({ target }) => target);
}

/**
 * The mounts of the private directories. `closed` comes after all other rows: a directory made only
 * as the way to a mount becomes read-only, so that writing beside the mount fails instead of
 * vanishing.
 */
export function privateRows(
  settings: SandboxSettings,
  grants: readonly Grant[],
): { made: MountRow[]; closed: MountRow[] } {
  const places = privatePlaces(settings, grants);
  const ways = places
    .flatMap((place) => waysIn(place, grants))
    .filter((way) => !places.includes(way));
  const mounted = (target: BytePath, options: string): MountRow[] => [
    { kind: 'tmpfs', target, options },
    { kind: 'attributes', target, set: ['noExecution'], recursive: false },
  ];
  return {
    made: [
      ...places.flatMap((place) => mounted(place, PRIVATE)),
      ...ways.flatMap((way) => mounted(way, 'mode=0755,size=4m')),
    ],
    closed: ways.map((target) => ({
      kind: 'attributes',
      target,
      set: ['readOnly'],
      recursive: false,
    })),
  };
}

/** The directories directly below `place` that lead to a granted path. */
function waysIn(place: BytePath, grants: readonly Grant[]): BytePath[] {
  const inside = grants.filter(({ path }) => path !== place && isWithin(path, place));
  const ways = inside.map(
    ({ path }) =>
      path
        .split('/')
        .slice(0, place.split('/').length + 1)
        .join('/') as BytePath,
  );
  return [...new Set(ways)].filter((way) => !isGranted(way, grants));
}

function isGranted(path: BytePath, grants: readonly Grant[]): boolean {
  return grants.some((grant) => isWithin(path, grant.path));
}
