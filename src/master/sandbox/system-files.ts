/**
 * What the C library, rsync and ssh look up on a system: which files, and what of the password
 * database a role is shown.
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
import type { SandboxSettings } from './settings.js';
import { SYSTEM_USERS } from './users.js';

export const PASSWD = fromText('/etc/passwd');

/** No secrets. */
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
 * A file, not a directory, that is there: it is replaced as a whole, so that a mount of it would go
 * on showing what it was.
 */
function isReplaceable(path: BytePath): boolean {
  return (
    SYSTEM_FILES.includes(path) &&
    statSync(toBuffer(path), { throwIfNoEntry: false })?.isFile() === true
  );
}

/** Where they are, and what they are links to. */
export function systemDirectories(): BytePath[] {
  return [
    ...new Set(
      SYSTEM_FILES.filter(isReplaceable)
        .flatMap((path) => [path, fromBuffer(realpathSync.native(toBuffer(path), 'buffer'))])
        .map(dirname),
    ),
  ];
}

/** What is shown as it is, whatever of the system's files lies in it. */
export function shownTrees({
  watchDirectory,
  destination,
  listsDirectory,
  standbyFile,
  allow,
}: SandboxSettings): BytePath[] {
  const standby = standbyFile === undefined ? undefined : dirname(standbyFile) || fromText('/');
  return [
    watchDirectory,
    destination,
    listsDirectory,
    standby,
    ...allow.map(({ path }) => path),
  ].filter((path) => path !== undefined);
}

/**
 * Whether a copy may stand in for a path: a file of the system, and no directory, that nobody is
 * shown as it is.
 */
export function isCopied(path: BytePath, settings: SandboxSettings): boolean {
  return isReplaceable(path) && !shownTrees(settings).some((tree) => isWithin(path, tree));
}

/** Whether the password database is shown as it is. */
export function showsPasswd(settings: SandboxSettings): boolean {
  return !isCopied(PASSWD, settings);
}

/**
 * Of the starter; a unit without `User=` has none in its environment. undefined: the password
 * database does not know either.
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
 * The password database `original` with an entry for `identity`. ssh refuses to work for a uid
 * without one, takes its home for the place of the keys, and its name for the one to log in with
 * where the destination names none: both are the starter's, unless the user chose whose ids the
 * handler has.
 */
export function passwdFor(original: Buffer, identity: Identity, settings: SandboxSettings): Buffer {
  const lines = original
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  const known = lines.find((line) => line.split(':')[2] === String(identity.uid));
  if (known !== undefined && !known.startsWith(`${SYSTEM_USERS.executor}:`)) return original;
  // A local rsync looks names up, and must not take what this uid owns for the starter's.
  const name =
    (settings.localTransfer ? undefined : starter()?.username) ?? `clsync-${identity.uid}`;
  const { uid, gid } = identity;
  const own = [name, 'x', uid, gid, '', homeOfStarter() ?? '/', '/usr/sbin/nologin'].join(':');
  return bytesOf([...lines.filter((line) => line !== known), own, ''].join('\n'));
}
