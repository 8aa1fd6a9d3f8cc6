/**
 * Control groups as directories and files: their places, limits, and leftovers of earlier daemons.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { mountTable } from '../../shared/mount-table.js';

/** Controllers of version 1. */
export type Controller = 'pids' | 'memory' | 'cpu' | 'blkio' | 'devices' | 'freezer';

/** Makes a group. Returns false when it exists already. */
export function make(path: string): boolean {
  return mkdirSync(path, { recursive: true }) !== undefined;
}

/**
 * The control group of this process for each controller; the key of version 2 is the empty name.
 */
export function ownGroups(): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'latin1').split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined)
      for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  return groups;
}

/** The mount point of a hierarchy. */
export function mountOf(
  type: 'cgroup' | 'cgroup2',
  controller: Controller | undefined,
): string | undefined {
  return mountTable().find(
    (mount) =>
      mount.type === type && (controller === undefined || mount.options.includes(controller)),
  )?.point;
}

/**
 * `major:minor` of the disks that hold the directories. The kernel limits input and output for each
 * disk, not for each partition.
 */
export function disksOf(paths: readonly BytePath[]): string[] {
  const disks = paths.flatMap((path) => {
    try {
      const device = statSync(toBuffer(path)).dev;
      const number = `${(device >> 8) & 0xfff}:${device & 0xff}`;
      const isPartition = readdirSync(`/sys/dev/block/${number}`).includes('partition');
      return [
        isPartition ? readFileSync(`/sys/dev/block/${number}/../dev`, 'latin1').trim() : number,
      ];
    } catch {
      // not on a disk (a file system in memory or on the network), or the directory has been
      // removed
      return [];
    }
  });
  return [...new Set(disks)];
}

export function removeGroups(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmdirSync(path);
    } catch {
      // still in use, or removed already
    }
  }
}

/**
 * Removes groups left by killed daemons: a group is named after its daemon's pid. Containers may
 * share the hierarchy and count their processes from 1, so only groups of the same pid namespace
 * are considered.
 */
export function removeStale(parent: string): void {
  const suffix = ownSuffix();
  let names: string[];
  try {
    names = readdirSync(parent).filter(
      (name) =>
        /^\d+$/.test(name.slice(0, name.length - suffix.length)) &&
        name.endsWith(suffix) &&
        ['clsync', 'clsync-watcher'].includes(basename(parent)),
    );
  } catch {
    return; // no daemon has made one yet
  }
  removeGroups(
    names
      .filter((name) => !readdirSync('/proc').includes(String(parseInt(name, 10))))
      .map((name) => join(parent, name)),
  );
}

/** PROC_PID_INIT_INO of the kernel's <linux/proc_ns.h>. */
const HOST = 'pid:[4026531836]';

/** The suffix of group names that tells pid namespaces apart; empty for the host's. */
export function ownSuffix(): string {
  const namespace = readlinkSync('/proc/self/ns/pid');
  return namespace === HOST ? '' : `.${namespace.replace(/\D/g, '')}`;
}
