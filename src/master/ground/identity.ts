/** Finds out the identity of a directory, and says what another one is that stands in its place. */
import { readdirSync, statSync } from 'node:fs';
import { display, fromText } from '../../shared/bytes.js';
import { isSame, isSameFileSystem } from '../../shared/directory-identity.js';
import type { DirectoryIdentity } from '../../shared/directory-identity.js';
import { ELSEWHERE } from '../../shared/file-systems.js';
import { deviceNumber, mountTable } from '../../shared/mount-table.js';
import type { BytePath } from '../../shared/bytes.js';
import type { DirectoryFacts } from '../native.js';
import { isTrusted } from '../open-path.js';

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

/**
 * Whether the source is the one of the last sync. Overlayfs may have replaced it by its copy, that
 * has a handle and a birth of its own.
 */
export function isRecalled(before: DirectoryIdentity, found: DirectoryIdentity): boolean {
  return found.type === OVERLAY ? isSameFileSystem(before, found) : isSame(before, found);
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
