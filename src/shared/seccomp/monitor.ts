/** The filter of the monitor (src/native/monitor/monitor.c); that of its clerk is in clerk.ts. */
import type { CallRule } from './filter.js';
import { NEVER, noOtherFamilies, without } from './never.js';
import { NOTHING_ELSE_BY_HANDLE } from './resolver.js';

/** System calls of the launcher, which the monitor starts. */
const LAUNCHING: readonly string[] = [
  'chroot',
  'mount',
  'mount_setattr',
  'move_mount',
  'open_tree',
  'pivot_root',
  'sethostname',
  'umount2',
  'unshare',
];

/** Of the launcher that marks a file system, and of the process it leaves for its handles. */
const MARKING: readonly string[] = ['fanotify_init', 'open_by_handle_at'];

/**
 * The monitor's filter also applies to the launchers it starts, which mount and make namespaces,
 * and to what they execute. So it loses only what none of them needs.
 * @param network whether handlers have a network; undefined: not restricted
 * @param marks whether the launcher marks a file system for the watcher
 */
export function monitorFilter(network: boolean | undefined, marks: boolean): readonly CallRule[] {
  const rules = without(NEVER, [...LAUNCHING, ...(marks ? MARKING : [])]);
  return [
    ...rules,
    ...(marks ? [NOTHING_ELSE_BY_HANDLE] : []),
    ...(network === undefined ? [] : [noOtherFamilies(network, true)]),
  ];
}
