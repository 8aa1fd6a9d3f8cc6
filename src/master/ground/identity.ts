/**
 * The identity of a directory, which stays the same when its file system is unmounted and mounted
 * again.
 */
import { readdirSync, statSync } from 'node:fs';
import { display, fromText } from '../../shared/bytes.js';
import { ELSEWHERE } from '../../shared/file-systems.js';
import { deviceNumber, mountTable } from '../../shared/mount-table.js';
import type { BytePath } from '../../shared/bytes.js';
import type { DirectoryFacts } from '../native.js';
import { isTrusted } from '../open-path.js';

/** Texts to compare; empty when the system has no such value. */
export interface DirectoryIdentity {
  /** Device, inode and the like: differs as soon as another directory stands at the path. */
  readonly here: string;
  readonly inode: string;
  /** The file system's handle of the inode, which differs when an inode number is used again. */
  readonly handle: string;
  readonly born: string;
  readonly type: string;
  /**
   * The id of statfs(2): some file systems make it from their UUID, others from the device number;
   * network file systems have none.
   */
  readonly id: string;
  readonly uuid: string;
  /** The UUID or serial number that udev(7) found on the device. */
  readonly volume: string;
  /** Type and source, as given to mount(8). */
  readonly mounted: string;
  /** Whether it is the root of a mount. */
  readonly isMountPoint: boolean;
  /** User number of its owner. */
  readonly owner: number;
}

/** f_type of statfs(2), in hex. */
export const OVERLAY = '794c7630';

/** Where udev has a link for each volume, to its device. */
const VOLUMES = '/dev/disk/by-uuid';

/**
 * What of it changes as soon as another directory stands at the path, and what may change of the
 * same one.
 */
export function whereabouts(
  facts: DirectoryFacts,
): Pick<DirectoryIdentity, 'here' | 'born' | 'owner'> {
  return { here: hereOf(facts), born: facts.born, owner: facts.owner };
}

export function identify(facts: DirectoryFacts): DirectoryIdentity {
  const { inode, mount, handle, born, type, id, uuid, isMountPoint, owner } = facts;
  return {
    ...{ inode, handle, born, type, id, uuid, isMountPoint, owner },
    here: hereOf(facts),
    volume: volumeOf(facts),
    mounted: mountedAt(mount),
  };
}

/** A path of the open directory, which is no symbolic link. */
export function itself(descriptor: number): BytePath {
  return fromText(`/proc/self/fd/${descriptor}/.`);
}

/**
 * Not the mount: what an automounter unmounts and mounts again, while the roles hold it, is the
 * same to them. Nor the birth on overlayfs, where a directory is replaced by its copy, with a birth
 * of its own, as soon as something is written to it.
 */
function hereOf({ device, inode, handle, born, type }: DirectoryFacts): string {
  return [device, inode, handle, type === OVERLAY ? '' : born].join(' ');
}

/** Whether it is the same directory of the same file system; when in doubt, not. */
export function isSame(one: DirectoryIdentity, other: DirectoryIdentity): boolean {
  if (
    one.handle !== '' && other.handle !== ''
      ? one.handle !== other.handle
      : one.inode !== other.inode
  )
    return false;
  if (!agree(one.born, other.born)) return false;
  return isSameFileSystem(one, other);
}

/**
 * Device numbers are given out anew, and so are the ids made of them: whatever else is known has
 * the last word.
 */
export function isSameFileSystem(one: DirectoryIdentity, other: DirectoryIdentity): boolean {
  if (one.type !== other.type || !agree(one.uuid, other.uuid) || !agree(one.volume, other.volume))
    return false;
  if (one.id === '' && other.id === '') return one.mounted === other.mounted;
  return (
    one.id === other.id || isKnownAs(one.uuid, other.uuid) || isKnownAs(one.volume, other.volume)
  );
}

export function isChangedElsewhere({ type }: DirectoryIdentity): boolean {
  return ELSEWHERE.includes(type);
}

/**
 * Whether a directory may take the other's place: it has the same owner, or one who is trusted with
 * the path anyway. Another file system may: an administrator changes disks, and nobody else mounts.
 */
export function mayReplace(before: DirectoryIdentity, found: DirectoryIdentity): boolean {
  return before.owner === found.owner || isTrusted({ uid: found.owner });
}

/** What `found` is, which stands where `before` stood. */
export function difference(before: DirectoryIdentity, found: DirectoryIdentity): string {
  if (before.isMountPoint && !found.isMountPoint) return 'nothing is mounted there any more';
  const owner = before.owner === found.owner ? '' : `, of the user ${found.owner}`;
  return isSameFileSystem(before, found)
    ? `another directory is there now${owner}`
    : `another file system is there now (${display(found.mounted as BytePath)})`;
}

/** Nothing speaks against it. */
function agree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

function isKnownAs(one: string, other: string): boolean {
  return one !== '' && one === other;
}

function volumeOf(facts: DirectoryFacts): string {
  try {
    const number = deviceNumber(facts);
    return readdirSync(VOLUMES).find((name) => isDevice(`${VOLUMES}/${name}`, number)) ?? '';
  } catch {
    return ''; // no udev
  }
}

function isDevice(path: string, device: bigint): boolean {
  return statSync(path, { throwIfNoEntry: false, bigint: true })?.rdev === device;
}

/** @param mount its number */
function mountedAt(mount: string): string {
  const found = mountTable().find(({ id }) => id === mount);
  return found === undefined ? ' ' : `${found.type} ${found.source}`;
}
