/**
 * What is never synced, whatever the rules say: it is no data of the user's, or the copy itself.
 */
import { uniqueName } from '../../shared/unique-name.js';
import { isWithin, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Rule } from '../../shared/settings.js';
import { mountTable } from '../../shared/mount-table.js';

/**
 * File systems in which the kernel shows and is told its own state; some of their files never end.
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

/** Topmost mount points of such file systems beneath `tree`, absolute. */
export function kernelMounts(tree: BytePath): BytePath[] {
  const points = mountTable()
    .filter(({ point, type }) => KERNEL.has(type) && point !== tree && isWithin(point, tree))
    .map(({ point }) => point);
  return [...new Set(points)].filter(
    (point) => !points.some((other) => other !== point && isWithin(point, other)),
  );
}

/** A name for a directory in `place` that nobody else uses. */
export function unusedName(place: BytePath): BytePath {
  return join(place, uniqueName('clsync-'));
}

/** @param tree what `path` lies in, both absolute */
export function relativeTo(tree: BytePath, path: BytePath): BytePath {
  return path.slice(tree === '/' ? 1 : tree.length + 1) as BytePath;
}

/** So that the watcher does not look there either. @param paths relative to the watch directory */
export function leavingOut(paths: readonly BytePath[]): Rule[] {
  return paths.map((path) => ({
    allow: false,
    kind: '*',
    pattern: `^${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` as BytePath,
    line: 0,
  }));
}
