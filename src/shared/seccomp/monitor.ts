/** The filter of the monitor (src/native/monitor/monitor.c); that of its clerk is in clerk.ts. */
import type { CallRule } from './filter.js';
import { NEVER, noOtherFamilies, without } from './never.js';

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

/**
 * The monitor's filter also applies to the launchers it starts, which mount and make namespaces,
 * and to what they execute. So it loses only what none of them needs.
 * @param network whether handlers have a network; undefined: not restricted
 * @param marks whether the launcher marks a file system for the watcher
 */
export function monitorFilter(network: boolean | undefined, marks: boolean): readonly CallRule[] {
  const rules = without(NEVER, [...LAUNCHING, ...(marks ? ['fanotify_init'] : [])]);
  return network === undefined ? rules : [...rules, noOtherFamilies(network, true)];
}
