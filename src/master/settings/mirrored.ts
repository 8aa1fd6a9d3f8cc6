/** Whether handlers may make set-id bits and devices: `--mirror-setid` and `--mirror-devices`. */
import { isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { keepsCopy } from '../../shared/modes.js';
import { mountTable, mountsBelow } from '../../shared/mount-table.js';
import type { Mounted } from '../../shared/mount-table.js';
import type { Mirrored } from '../../shared/seccomp/special.js';
import type { Options } from '../options/table.js';
import type { Paths } from './load-paths.js';

/**
 * Where the source can have neither, as its mounts make them mean nothing, a copy that has them
 * would be more than a mirror. That is decided only where clsync says what is copied, as it has to
 * leave them out there, and for root, since others make only what they may use themselves.
 */
export function mirroredBy(values: Options, paths: Paths, ownArguments: boolean): Mirrored {
  const judged =
    process.geteuid?.() === 0 &&
    !values.compat &&
    keepsCopy(paths.mode) &&
    paths.destinationIsLocal &&
    !ownArguments;
  const mounts = judged ? mountsOf(paths.watchDirectory, mountTable()) : [];
  const may = (wanted: Options['mirror-setid'], flag: string): boolean =>
    wanted === 'auto'
      ? // A directory that no mount is known of may have all: in a chroot the kernel tells of none.
        mounts.length === 0 || !mounts.every(({ flags }) => flags.includes(flag))
      : wanted === 'yes';
  return {
    setid: may(values['mirror-setid'], 'nosuid'),
    devices: may(values['mirror-devices'], 'nodev'),
  };
}

/** What `auto` has left out, as a sentence for the log. */
export function leftOutOf(values: Options, { setid, devices }: Mirrored): string[] {
  return [
    ...(setid || values['mirror-setid'] !== 'auto'
      ? []
      : [
          'set-user-ID and set-group-ID bits are not mirrored, as the watch directory is mounted ' +
            'nosuid: --mirror-setid=yes mirrors them',
        ]),
    ...(devices || values['mirror-devices'] !== 'auto'
      ? []
      : [
          'devices are not mirrored, as the watch directory is mounted nodev: ' +
            '--mirror-devices=yes mirrors them',
        ]),
  ];
}

/** Pure. The mount that a directory lies in, and those below it. */
export function mountsOf(directory: BytePath, table: readonly Mounted[]): readonly Mounted[] {
  const around = table
    .filter(({ point }) => isWithin(directory, point))
    .reduce<Mounted | undefined>(
      (nearest, one) =>
        nearest === undefined || one.point.length >= nearest.point.length ? one : nearest,
      undefined,
    );
  return [...(around === undefined ? [] : [around]), ...mountsBelow(directory, table)];
}
