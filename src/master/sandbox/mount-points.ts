/**
 * `--mountpoints`: detaches mounts from the executor's view, except those listed and those it
 * needs.
 */
import { isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { MountRow, View } from '../../shared/specification.js';
import { mountTable } from '../../shared/mount-table.js';
import { executorGrants } from './grants.js';
import type { SandboxSettings } from './settings.js';

/**
 * The view without the other mounts. Mounts below the watch directory and the destination belong to
 * the mirror and stay.
 */
export function withoutOtherMounts(
  view: View,
  kept: readonly BytePath[],
  settings: SandboxSettings,
): View {
  const trees = [
    settings.watchDirectory,
    ...(settings.destination === undefined ? [] : [settings.destination]),
  ];
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
  const places = new Set(others.flatMap((point) => visiblePlaces(point, view)));
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
