/**
 * Paths that are never synced, whatever the rules say: file systems of the kernel, and the copy
 * itself.
 */
import { uniqueName } from '../../shared/unique-name.js';
import { isWithin, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Rule } from '../../shared/settings.js';
import { mountTable } from '../../shared/mount-table.js';

/**
 * Types of file systems through which the kernel shows and takes its own state. Reading some of
 * their files never ends.
 */
const KERNEL = new Set([
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'efivarfs',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nsfs',
  'proc',
  'pstore',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'sysfs',
  'tracefs',
]);

/** The topmost mount points of kernel file systems beneath `tree`, absolute. */
export function kernelMounts(tree: BytePath): BytePath[] {
  const points = mountTable()
    .filter(({ point, type }) => KERNEL.has(type) && point !== tree && isWithin(point, tree))
    .map(({ point }) => point);
  return [...new Set(points)].filter(
    (point) => !points.some((other) => other !== point && isWithin(point, other)),
  );
}

/** The path of a directory in `place` that does not exist yet, with a random name. */
export function unusedName(place: BytePath): BytePath {
  return join(place, uniqueName('clsync-'));
}

/** The path relative to `tree`, which contains it; both absolute. */
export function relativeTo(tree: BytePath, path: BytePath): BytePath {
  return path.slice(tree === '/' ? 1 : tree.length + 1) as BytePath;
}

/**
 * Rules that refuse these paths, so that the watcher does not enter them. @param paths relative to
 * the watch directory
 */
export function leavingOut(paths: readonly BytePath[]): Rule[] {
  return paths.map((path) => ({
    allow: false,
    kind: '*',
    pattern: `^${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` as BytePath,
    line: 0,
  }));
}
