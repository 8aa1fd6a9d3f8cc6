/**
 * FUSE mounts of other users that were made since the executor's view was (those before are not in
 * it). The watcher refuses them; but a program that lists the directory they are in looks at each
 * name in it before it asks what is excluded, and may wait there for ever.
 */
import { parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isForeign, mountTable, mountsBelow } from '../../shared/mount-table.js';
import type { Mounted } from '../../shared/mount-table.js';
import type { ExecutorSettings } from '../../shared/settings.js';

/**
 * The directories they are in, relative to the watch directory. Pure, but for `table`.
 * @param table the mount table of this process; not called where such mounts are entered
 */
export function besideForeign(
  { watchDirectory, allowFuse, starter }: ExecutorSettings,
  table: () => readonly Mounted[] = mountTable,
): Set<BytePath> {
  if (allowFuse) return new Set();
  const base = watchDirectory === '/' ? 1 : watchDirectory.length + 1;
  const foreign = mountsBelow(watchDirectory, table()).filter((mount) => isForeign(mount, starter));
  return new Set(foreign.map(({ point }) => parent(point.slice(base) as BytePath)));
}
