/**
 * What of the file system each role may reach, and how: the one list from which both its view
 * (mounts) and its Landlock rules are made. All paths are absolute and as seen inside the view,
 * which shows everything at its own place.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { display, fromBuffer, fromText, isWithin, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import type { SandboxSettings } from './settings.js';
import { homeOfStarter, isCopied, SYSTEM_FILES } from './system-files.js';

/** Each includes the ones before it, but `write` does not include `execute`. */
export type Access = 'read' | 'execute' | 'write' | 'all';

export interface Grant {
  readonly path: BytePath;
  readonly access: Access;
}

/** What programs need to run at all. */
export const PROGRAM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

const READ_DEVICES = ['/dev/zero', '/dev/random', '/dev/urandom'];
const WRITE_DEVICES = ['/dev/null', '/dev/full'];

/** Of the watcher. As all grants, for paths that exist; what a system lacks is not granted. */
export function watcherGrants(settings: SandboxSettings): readonly Grant[] {
  const watch: Grant = { path: settings.watchDirectory, access: 'read' };
  return existing(
    [...systemFiles(PROGRAM_DIRECTORIES, RUNTIME_FILES), ...programFiles()],
    [watch],
    settings,
  );
}

/** Of the executor and all it starts. */
export function executorGrants(settings: SandboxSettings): readonly Grant[] {
  // Under --chroot programs, and what they look up, are those of that directory.
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
 * Whether a path is granted with a program directory already; where /bin is a link to /usr/bin, it
 * cannot be mounted once more.
 */
function isProgramDirectory(path: BytePath): boolean {
  return PROGRAM_DIRECTORIES.some((directory) => isWithin(path, fromText(directory)));
}

function systemFiles(executed: readonly string[], read: readonly string[]): Grant[] {
  return [...grant('execute', executed.map(fromText)), ...grant('read', read.map(fromText))];
}

/** Node does not start when it may not read this, though it may be absent. */
const RUNTIME_FILES = ['/etc/ssl/openssl.cnf'];

/** Node itself and this package, wherever they are installed, with the packages it depends on. */
function programFiles(): Grant[] {
  const modules: string[] = [];
  for (let at = resolve(FILES.root); ; at = dirname(at)) {
    modules.push(resolve(at, 'node_modules'));
    if (at === dirname(at)) break;
  }
  return grant('execute', [process.execPath, resolve(FILES.root), ...modules].map(fromText));
}

/** What ssh wants of the starter: keys, known hosts, the agent. */
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
 * Without what does not exist; where a path is granted twice, the wider access counts. A symbolic
 * link brings its target along, except among `data`: links in those paths are resolved already, so
 * that a link there now was put there by someone else meanwhile.
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

const WIDTHS: readonly Access[] = ['read', 'execute', 'write', 'all'];

function both(one: Access | undefined, other: Access): Access {
  if (one === undefined || one === other) return other;
  const [narrow, wide] = WIDTHS.indexOf(one) < WIDTHS.indexOf(other) ? [one, other] : [other, one];
  return narrow === 'execute' && wide === 'write' ? 'all' : wide;
}

export function isWritable({ access }: Grant): boolean {
  return access === 'write' || access === 'all';
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
    // A copy is shown whatever it is a copy of was a link to.
    if (!lstatSync(toBuffer(given.path)).isSymbolicLink() || isCopied(given.path, settings))
      return [given];
    const target = fromBuffer(realpathSync.native(toBuffer(given.path), 'buffer'));
    const covered = isProgramDirectory(target);
    // A file's directory, since a new version is often renamed over it.
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
    return []; // absent, or not for us to see: then not for the role either
  }
}

/** The value of a symbolic link, undefined for anything else. */
export function linkValue(path: BytePath): BytePath | undefined {
  if (lstatSync(toBuffer(path), { throwIfNoEntry: false })?.isSymbolicLink() !== true)
    return undefined;
  return fromBuffer(readlinkSync(toBuffer(path), 'buffer'));
}
