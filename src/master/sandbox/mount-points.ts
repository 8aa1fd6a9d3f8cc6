/** Detaches mounts from the executor's view. */
import { isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { MountRow, View } from '../../shared/specification.js';
import { isForeign, mountTable, mountsBelow } from '../../shared/mount-table.js';
import { executorGrants } from './grants.js';
import { STARTER } from '../starter.js';
import { sharedMount, treesOf } from './settings.js';
import type { SandboxSettings } from './settings.js';

/**
 * `--mountpoints`: the view without mounts but those listed and those it needs. Mounts below the
 * watch directory and the destination belong to the mirror and stay.
 */
export function withoutOtherMounts(
  view: View,
  kept: readonly BytePath[],
  settings: SandboxSettings,
): View {
  const trees = treesOf(settings);
  const needed = [
    ...executorGrants(settings).map(({ path }) => path),
    ...view.rows.map(({ target }) => target),
  ];
  const others = [...new Set(mountTable().map(({ point }) => point))].filter(
    (point) =>
      !kept.includes(point) &&
      !trees.some((tree) => isWithin(point, tree)) &&
      !needed.some((path) => path !== '/' && isWithin(path, point)),
  );
  return detached(view, others);
}

/**
 * The view without FUSE mounts of other users below the watch directory and the destination: what
 * enters one may wait for ever, even if it only looks at a name. Those that are made later are
 * there, and no list contains them. Throws an errno error when there is no mount table.
 */
export function withoutForeignMounts(view: View, settings: SandboxSettings): View {
  if (settings.allowFuse) return view;
  const table = mountTable();
  const shared = sharedMount(settings);
  const foreign = [...treesOf(settings), ...(shared === undefined ? [] : [shared])]
    .flatMap((tree) => mountsBelow(tree, table))
    .filter((mount) => isForeign(mount, STARTER.uid));
  return detached(view, [...new Set(foreign.map(({ point }) => point))]);
}

function detached(view: View, points: readonly BytePath[]): View {
  const places = new Set(points.flatMap((point) => visiblePlaces(point, view)));
  const rows = [...places]
    .sort()
    .reverse()
    .map((target): MountRow => ({ kind: 'detach', target }));
  return { ...view, rows: [...view.rows, ...rows] };
}

/** The paths in the view at which a mount of the host appears. */
function visiblePlaces(point: BytePath, { rows, chroot, freshRoot }: View): BytePath[] {
  const inside = (source: BytePath, target: string): BytePath[] =>
    point !== source && isWithin(point, source)
      ? [(target + point.slice(source.length)) as BytePath]
      : [];
  const binds = rows.flatMap((row) => (row.kind === 'bind' ? inside(row.source, row.target) : []));
  if (chroot !== undefined) return [...binds, ...inside(chroot, '')];
  return freshRoot ? binds : [...binds, point];
}
