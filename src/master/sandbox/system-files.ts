/**
 * The system files that the C library, rsync and ssh read, and the password database shown to a
 * role.
 */
import { realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { UserInfo } from 'node:os';
import {
  fromBuffer,
  fromText,
  isWithin,
  parent as dirname,
  toBuffer,
  bytesOf,
} from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Identity } from '../../shared/specification.js';
import { isProgramDirectory } from './program-directories.js';
import { treesOf } from './settings.js';
import type { SandboxSettings } from './settings.js';

export const PASSWD = fromText('/etc/passwd');

/** System files that contain no secrets. */
export const SYSTEM_FILES: readonly BytePath[] = [
  '/etc/alternatives',
  '/etc/clsync',
  '/etc/gai.conf',
  '/etc/group',
  '/etc/host.conf',
  '/etc/hosts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ld.so.preload',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/protocols',
  '/etc/resolv.conf',
  '/etc/services',
  '/etc/ssh/ssh_config',
  '/etc/ssh/ssh_config.d',
  '/etc/ssh/ssh_known_hosts',
  '/etc/ssl/certs',
  '/etc/timezone',
].map(fromText);

/**
 * Whether the path is an existing file. Files like these are replaced as a whole, so a mount of one
 * would go on showing the old file.
 */
function isReplaceable(path: BytePath): boolean {
  return (
    SYSTEM_FILES.includes(path) &&
    statSync(toBuffer(path), { throwIfNoEntry: false })?.isFile() === true
  );
}

/** The directories of the system files, and those of the files their links lead to. */
export function systemDirectories(): BytePath[] {
  return [
    ...new Set(
      SYSTEM_FILES.filter(isReplaceable)
        .flatMap((path) => [path, realPath(path)])
        .map(dirname),
    ),
  ];
}

/** Trees that are shown unchanged, also where they contain system files. */
export function shownTrees(settings: SandboxSettings): BytePath[] {
  const { listsDirectory, allow } = settings;
  return [
    ...treesOf(settings),
    ...(listsDirectory === undefined ? [] : [listsDirectory]),
    ...allow.map(({ path }) => path),
  ];
}

/**
 * The paths at which views show copies: of system files, and of what they lead to where they are
 * symbolic links in a tree that is shown unchanged.
 */
export function copiedPaths(
  files: readonly BytePath[],
  settings: SandboxSettings,
): readonly BytePath[] {
  return files.filter(isReplaceable).flatMap((path) => {
    if (isCopied(path, settings)) return [path];
    const target = realPath(path);
    const isShown =
      isProgramDirectory(target) || shownTrees(settings).some((tree) => isWithin(target, tree));
    return isShown ? [] : [target];
  });
}

function realPath(path: BytePath): BytePath {
  return fromBuffer(realpathSync.native(toBuffer(path), 'buffer'));
}

/**
 * Whether a copy replaces a path in views: it is a system file, and no tree shown unchanged
 * contains it.
 */
export function isCopied(path: BytePath, settings: SandboxSettings): boolean {
  return isReplaceable(path) && !shownTrees(settings).some((tree) => isWithin(path, tree));
}

/** Whether the password database is shown unchanged. */
export function showsPasswd(settings: SandboxSettings): boolean {
  return !isCopied(PASSWD, settings);
}

/**
 * The starter's home directory: HOME, else the one in the password database, because a unit without
 * `User=` has no HOME. undefined: neither has it.
 */
export function homeOfStarter(): string | undefined {
  return process.env['HOME'] || starter()?.homedir;
}

function starter(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    return undefined; // it throws for a uid without an entry
  }
}

/**
 * Makes the password database that views show: the original with an entry for `identity`. ssh
 * refuses to run for a uid without an entry, looks for keys in the entry's home, and logs in under
 * the entry's name if the destination has no user name. Home and name are the starter's, unless an
 * entry for the uid exists already. To be called while this process is the starter's; the result
 * may be used later, when the original has changed.
 */
export function passwdFor(
  { uid, gid }: Identity,
  settings: SandboxSettings,
): (original: Buffer) => Buffer {
  // A local rsync looks names up, and must not take files of this uid for the starter's.
  const name = (settings.localTransfer ? undefined : starter()?.username) ?? `clsync-${uid}`;
  const own = [name, 'x', uid, gid, '', homeOfStarter() ?? '/', '/usr/sbin/nologin'].join(':');
  return (original) => {
    const lines = original
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== '');
    const isKnown = lines.some((line) => line.split(':')[2] === String(uid));
    return isKnown ? original : bytesOf([...lines, own, ''].join('\n'));
  };
}
