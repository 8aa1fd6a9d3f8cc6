/**
 * The paths that each role may reach, and with which access. A role's view (mounts) and its
 * Landlock rules are both made from this list. All paths are absolute, as inside the view, which
 * shows everything at its own path.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { display, fromBuffer, fromText, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { followPath } from '../open-path.js';
import {
  isProgramDirectory,
  LIBRARY_DIRECTORIES,
  PROGRAM_DIRECTORIES,
} from './program-directories.js';
import type { SandboxSettings } from './settings.js';
import { homeOfStarter, isCopied, SYSTEM_FILES } from './system-files.js';

/**
 * Each access includes the ones before it, except that `write` does not include `execute`. `list`:
 * directories only, and what stat(2) says of files.
 */
export type Access = 'list' | 'read' | 'execute' | 'write' | 'all';

export interface Grant {
  readonly path: BytePath;
  readonly access: Access;
  /** It is a Unix socket to connect to, or a directory of such. */
  readonly sockets?: true;
  /** Symbolic links in it lead nowhere. */
  readonly linkless?: true;
}

const READ_DEVICES = ['/dev/zero', '/dev/random', '/dev/urandom'];
const WRITE_DEVICES = ['/dev/null', '/dev/full'];

/** The watcher's grants. Grants are only for paths that exist. */
export function watcherGrants(settings: SandboxSettings): readonly Grant[] {
  const watch: Grant = { path: settings.watchDirectory, access: 'list' };
  return existing(
    [...systemFiles(PROGRAM_DIRECTORIES, RUNTIME_FILES), ...programFiles()],
    [watch],
    settings,
  );
}

/** The grants of the executor and everything it starts. */
export function executorGrants(settings: SandboxSettings): readonly Grant[] {
  if (!settings.executes) return mirrorGrants(settings);
  // Under --chroot, programs and the files they look up come from that directory.
  const hasOwnRoot = settings.chroot !== undefined;
  const data: readonly Grant[] = [
    { path: settings.watchDirectory, access: settings.watchWritable ? 'all' : 'read' },
    ...grant(
      settings.onlyLooks === true ? 'read' : 'write',
      [settings.destination, settings.backupDirectory, settings.listsDirectory].filter(
        (path) => path !== undefined,
      ),
    ),
  ];
  const further = [
    ...(hasOwnRoot ? [] : systemFiles(PROGRAM_DIRECTORIES, RUNTIME_FILES)),
    ...programFiles(),
    ...(hasOwnRoot ? [] : grant('read', SYSTEM_FILES)),
    ...grant('read', READ_DEVICES.map(fromText)),
    ...grant(
      'write',
      settings.forbidDevices ? [fromText('/dev/null')] : WRITE_DEVICES.map(fromText),
    ),
    ...grant(
      'execute',
      [...settings.programs, ...settings.permittedHooks].filter(
        (path) => !isProgramDirectory(path),
      ),
    ),
    ...(settings.remoteDestination ? [...keysOfSsh(), ...agentOfSsh()] : []),
    ...settings.allow,
  ];
  return existing(further, data, settings);
}

/** Those of an executor that starts no program: the trees, and what Node needs. */
function mirrorGrants(settings: SandboxSettings): readonly Grant[] {
  const { watchDirectory, destination, backupDirectory, onlyLooks } = settings;
  const written = [destination, backupDirectory].filter((path) => path !== undefined);
  const access = onlyLooks === true ? 'read' : 'write';
  return existing(
    [...systemFiles(LIBRARY_DIRECTORIES, RUNTIME_FILES), ...programFiles()],
    [{ path: watchDirectory, access: 'read' }, ...grant(access, written)],
    settings,
  );
}

function systemFiles(executed: readonly string[], read: readonly string[]): Grant[] {
  return [...grant('execute', executed.map(fromText)), ...grant('read', read.map(fromText))];
}

/** Node may find this file absent, but does not start when it exists and cannot be read. */
const RUNTIME_FILES = ['/etc/ssl/openssl.cnf'];

/** Node and this package with the packages it depends on, wherever they are installed. */
export function programPaths(): BytePath[] {
  const modules: string[] = [];
  for (let at = resolve(FILES.root); ; at = dirname(at)) {
    modules.push(resolve(at, 'node_modules'));
    if (at === dirname(at)) break;
  }
  return [process.execPath, resolve(FILES.root), ...modules].map(fromText);
}

function programFiles(): Grant[] {
  return grant('execute', programPaths());
}

/** Whether handlers may make Unix sockets. */
export function hasSockets(settings: SandboxSettings): boolean {
  const { keepConnection, remoteDestination } = settings;
  return (
    isGrantedSockets(settings) || keepConnection || (remoteDestination && agentOfSsh().length > 0)
  );
}

/** Whether the user grants them one. */
export function isGrantedSockets({ allow }: SandboxSettings): boolean {
  return allow.some(({ sockets }) => sockets);
}

/** The starter's files that ssh needs: keys, known hosts. */
function keysOfSsh(): Grant[] {
  const home = homeOfStarter();
  return grant('read', home === undefined ? [] : [fromText(resolve(home, '.ssh'))]);
}

/** The starter's agent, which handlers find by the same variable. */
function agentOfSsh(): Grant[] {
  const { SSH_AUTH_SOCK } = process.env;
  return SSH_AUTH_SOCK === undefined || SSH_AUTH_SOCK === ''
    ? []
    : [{ path: fromText(resolve(SSH_AUTH_SOCK)), access: 'list', sockets: true }];
}

export function grant(access: Access, paths: readonly BytePath[]): Grant[] {
  return paths.map((path) => ({ path, access }));
}

/**
 * Drops grants for paths that do not exist, and joins grants for the same path to the wider access.
 * A symbolic link is granted together with its target, but not in `data`: those paths were resolved
 * at the start, so a link there now was put there by someone else.
 */
function existing(
  grants: readonly Grant[],
  data: readonly Grant[],
  settings: SandboxSettings,
): Grant[] {
  const widest = new Map<BytePath, Grant>();
  for (const given of [
    ...grants.flatMap((each) => withTarget(each, settings)),
    ...data.filter(isNoLink),
  ]) {
    const known = widest.get(given.path);
    widest.set(given.path, { ...known, ...given, access: both(known?.access, given.access) });
  }
  return [...widest.values()];
}

const WIDTHS: readonly Access[] = ['list', 'read', 'execute', 'write', 'all'];

function both(one: Access | undefined, other: Access): Access {
  if (one === undefined || one === other) return other;
  const [narrow, wide] = WIDTHS.indexOf(one) < WIDTHS.indexOf(other) ? [one, other] : [other, one];
  return narrow === 'execute' && wide === 'write' ? 'all' : wide;
}

export function isWritable({ access }: Grant): boolean {
  return access === 'write' || access === 'all';
}

/** Not a directory of such. */
export function isDeviceNode(path: BytePath): boolean {
  const stats = lstatSync(toBuffer(path), { throwIfNoEntry: false });
  return stats?.isCharacterDevice() === true || stats?.isBlockDevice() === true;
}

export function isExecutable({ access }: Grant): boolean {
  return access === 'execute' || access === 'all';
}

function isNoLink({ path }: Grant): boolean {
  const stats = lstatSync(toBuffer(path), { throwIfNoEntry: false });
  if (stats?.isSymbolicLink())
    throw new ClsyncError(
      'PATH_NOT_DIRECTORY',
      'a symbolic link was put in its place',
      display(path),
    );
  return stats !== undefined;
}

function withTarget(given: Grant, settings: SandboxSettings): Grant[] {
  try {
    // A copy is shown at the path itself, so the target of a link there is not needed.
    if (!lstatSync(toBuffer(given.path)).isSymbolicLink() || isCopied(given.path, settings))
      return [given];
    const target = followPath(given.path, 'any');
    return isProgramDirectory(target) ? [given] : [given, { ...given, path: target }];
  } catch {
    return []; // absent, another user's link, or out of the master's reach and so of the role's
  }
}

/** The value of a symbolic link; undefined for anything else. */
export function linkValue(path: BytePath): BytePath | undefined {
  if (lstatSync(toBuffer(path), { throwIfNoEntry: false })?.isSymbolicLink() !== true)
    return undefined;
  return fromBuffer(readlinkSync(toBuffer(path), 'buffer'));
}
