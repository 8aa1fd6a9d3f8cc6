/** Control groups as directories and files: where they are, their limits, and old ones. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { mountTable } from '../../shared/mount-table.js';

/** Of version 1. */
export type Controller = 'pids' | 'memory' | 'cpu' | 'blkio' | 'devices' | 'freezer';

/** Returns whether there was none. */
export function make(path: string): boolean {
  return mkdirSync(path, { recursive: true }) !== undefined;
}

export function set(group: string, file: string, value: number | string | undefined): void {
  if (value !== undefined) writeFileSync(join(group, file), String(value));
}

/** This process's group by controller; version 2 goes by the empty name. */
export function ownGroups(): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'latin1').split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined)
      for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  return groups;
}

/** Where a hierarchy is mounted whole. */
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
 * `major:minor` of the disks that directories are on; limits are kept by disk, not by partition.
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
      // no disk: a file system in memory or on the network; or the directory has just gone
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
      // still in use, or gone
    }
  }
}

/**
 * Groups of daemons that were killed: those named after a process that is no more. Containers may
 * share the hierarchy and count their processes from 1: only groups of our own pid namespace are
 * looked at.
 */
export function removeStale(parent: string): void {
  const suffix = ownSuffix();
  let names: string[];
  try {
    names = readdirSync(parent).filter(
      (name) =>
        /^\d+$/.test(name.slice(0, name.length - suffix.length)) &&
        name.endsWith(suffix) &&
        basename(parent) === 'clsync',
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

/** Tells groups named after processes of different pid namespaces apart; empty for the host's. */
export function ownSuffix(): string {
  const namespace = readlinkSync('/proc/self/ns/pid');
  return namespace === HOST ? '' : `.${namespace.replace(/\D/g, '')}`;
}
