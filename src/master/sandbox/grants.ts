/**
 * The paths that each role may reach, and with which access. A role's view (mounts) and its
 * Landlock rules are both made from this list. All paths are absolute, as inside the view, which
 * shows everything at its own path.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { display, fromBuffer, fromText, isWithin, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { followPath } from '../open-path.js';
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
}

/** Directories with programs and the libraries they need. */
export const PROGRAM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

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
  // Under --chroot, programs and the files they look up come from that directory.
  const hasOwnRoot = settings.chroot !== undefined;
  const data: readonly Grant[] = [
    { path: settings.watchDirectory, access: settings.watchWritable ? 'all' : 'read' },
    ...grant(
      'write',
      [settings.destination, settings.listsDirectory].filter((path) => path !== undefined),
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
    ...grant('read', settings.standbyFile === undefined ? [] : [dirnameOf(settings.standbyFile)]),
    ...(settings.remoteDestination ? remoteFiles() : []),
    ...settings.allow,
  ];
  return existing(further, data, settings);
}

/**
 * Whether a program directory contains the path, so that it is granted already. Where /bin is a
 * link to /usr/bin, it cannot be mounted a second time.
 */
export function isProgramDirectory(path: BytePath): boolean {
  return PROGRAM_DIRECTORIES.some((directory) => isWithin(path, fromText(directory)));
}

function systemFiles(executed: readonly string[], read: readonly string[]): Grant[] {
  return [...grant('execute', executed.map(fromText)), ...grant('read', read.map(fromText))];
}

/** Node may find this file absent, but does not start when it exists and cannot be read. */
const RUNTIME_FILES = ['/etc/ssl/openssl.cnf'];

/** Node and this package with the packages it depends on, wherever they are installed. */
function programFiles(): Grant[] {
  const modules: string[] = [];
  for (let at = resolve(FILES.root); ; at = dirname(at)) {
    modules.push(resolve(at, 'node_modules'));
    if (at === dirname(at)) break;
  }
  return grant('execute', [process.execPath, resolve(FILES.root), ...modules].map(fromText));
}

/** The starter's files that ssh needs: keys, known hosts, the agent. */
function remoteFiles(): Grant[] {
  const { SSH_AUTH_SOCK } = process.env;
  const home = homeOfStarter();
  return [
    ...grant('read', home === undefined ? [] : [fromText(resolve(home, '.ssh'))]),
    ...grant('write', SSH_AUTH_SOCK === undefined ? [] : [fromText(resolve(SSH_AUTH_SOCK))]),
  ];
}

function grant(access: Access, paths: readonly BytePath[]): Grant[] {
  return paths.map((path) => ({ path, access }));
}

function dirnameOf(path: BytePath): BytePath {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as BytePath;
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
  const widest = new Map<BytePath, Access>();
  for (const { path, access } of [
    ...grants.flatMap((given) => withTarget(given, settings)),
    ...data.filter(isNoLink),
  ])
    widest.set(path, both(widest.get(path), access));
  return [...widest].map(([path, access]) => ({ path, access }));
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
    const covered = isProgramDirectory(target);
    // Grants the directory of a file, because a new version is often renamed over the file.
    return covered
      ? [given]
      : [
          given,
          {
            path: lstatSync(toBuffer(target)).isFile() ? dirnameOf(target) : target,
            access: given.access,
          },
        ];
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
