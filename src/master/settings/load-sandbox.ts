/** Makes the settings of the sandboxes from the options. */
import { statSync } from 'node:fs';
import { basename, display, fromText, join, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { MemoryLimit } from '../options/row.js';
import type { OptionName, Options } from '../options/table.js';
import { checkPrograms } from '../trust.js';
import type { MonitorName } from '../../shared/monitors.js';
import { MODE_TRAITS, runsRsync } from '../../shared/modes.js';
import { parseCapability } from '../sandbox/capabilities.js';
import type { Capability } from '../sandbox/capabilities.js';
import type { AllowedPath, HandlerLimits, SandboxSettings } from '../sandbox/settings.js';
import { defined } from './defined.js';
import { groupId, userId } from './identity.js';
import { checksArguments, keepsConnection } from './load-roles.js';
import type { Paths } from './load-paths.js';
import { mirroredBy } from './mirrored.js';
import { followsLinks } from './symlinks.js';
import type { StartContext } from './start-context.js';
import { reachesBySsh } from '../../shared/remote-shell.js';
import { absolute } from '../../shared/program-search.js';
import { checkPresent, existingDirectory, findProgram, resolveLinks } from '../paths.js';
import type { Resolved } from './resolve.js';

export function loadSandbox(
  resolved: Resolved,
  paths: Paths,
  words: readonly BytePath[] | undefined,
  around: StartContext,
  monitor: MonitorName,
): SandboxSettings {
  const ownArguments = words !== undefined;
  const { values, given } = resolved;
  const here = (path: string): BytePath => absolute(path as BytePath, around.directory);
  const id = (name: OptionName, look: typeof userId): number | undefined => {
    const written = values[name] as BytePath | undefined;
    return written === undefined ? undefined : look(written, resolved.origin(name));
  };
  const isRemote =
    (paths.destination !== undefined && !paths.destinationIsLocal) || reachesBySsh(paths.targets);
  const chroot =
    values.chroot === undefined
      ? undefined
      : existingDirectory(values.chroot, around.directory, resolved.origin('chroot'));
  const present = (written: string): BytePath => {
    checkPresent(here(written), resolved.origin('mountpoints'));
    return here(written);
  };
  checkNames(resolved);
  const permittedHooks = values['add-permitted-hook-files'].map(here);
  const programs = (
    [
      ['--sync-handler', paths.handler ?? paths.ownProgram],
      ['--exit-hook', paths.exitHook],
      ['--pre-exit-hook', paths.preExitHook],
      ['--sync-hook', paths.syncHook],
      ['--failure-hook', paths.failureHook],
      ['ssh', isRemote ? findProgram(fromText('ssh'), around) : undefined],
    ] as const
  ).flatMap(([origin, path]) => (path === undefined ? [] : [[origin, path] as const]));
  checkPrograms(
    [...programs, ...permittedHooks.map((path) => ['--add-permitted-hook-files', path] as const)],
    chroot,
    { trustFiles: values['trust-files'] },
  );
  const { copies, rsync } = MODE_TRAITS[paths.mode];
  const hooks = [paths.exitHook, paths.preExitHook, paths.syncHook, paths.failureHook].filter(
    (hook) => hook !== undefined,
  );
  return {
    watchDirectory: paths.watchDirectory,
    copies,
    executes: !copies || hooks.length > 0,
    onlyRsync:
      runsRsync(paths.mode) &&
      paths.destinationIsLocal &&
      !ownArguments &&
      hooks.length === 0 &&
      !given.has('sync-handler'),
    monitor,
    ...defined({
      destination: paths.destinationIsLocal ? paths.destination : paths.localTarget,
      backupDirectory: paths.backupDirectory,
      listsDirectory: paths.listsDirectory,
      stateDirectory: placeOf(paths.stateDirectory),
      uid: id('uid', userId),
      gid: id('gid', groupId),
      handlerUid: id('sync-handler-uid', userId),
      handlerGid: id('sync-handler-gid', groupId),
      privilegedUid: id('privileged-uid', userId),
      privilegedGid: id('privileged-gid', groupId),
      handlerCapabilities: capabilities(resolved),
      preservedCapabilities: values['preserve-capabilities'],
      detachNetwork: given.has('detach-network') ? values['detach-network'] : undefined,
      chroot,
      mountPoints: given.has('mountpoints') ? values.mountpoints.map(present) : undefined,
      cgroupName: given.has('cgroup-group-name')
        ? (values['cgroup-group-name'] as string)
        : undefined,
    }),
    temporaryDirectory: paths.temporaryDirectory,
    programs: programs.flatMap(([, path]) => withTarget(path)),
    watchWritable: paths.destination === undefined && paths.localTarget === undefined,
    remoteDestination: isRemote,
    keepConnection: keepsConnection(resolved, paths, ownArguments),
    localTransfer:
      (copies || rsync !== 'nobody') &&
      paths.destinationIsLocal &&
      !(runsRsync(paths.mode) && ownArguments),
    jit: values['handler-jit'],
    compat: values.compat,
    view: values['handler-view'],
    allow: [
      ...(values['handler-allow'] ?? []).map((written) =>
        allowed(written, resolved.origin('handler-allow'), here),
      ),
      ...targetOf(paths),
    ],
    mirrored: mirroredBy(values, paths, ownArguments),
    followsLinks: followsLinks(values, paths, words ?? []),
    handlerNetwork: values['handler-network'],
    detachIpc: values['detach-ipc'],
    limits: limits(resolved),
    ...memoryOf(values),
    forbidDevices: values['forbid-devices'] || values['secure-splitting'],
    pivotRoot: values['pivot-root'],
    allowFuse: values['allow-fuse'],
    seccomp: !given.has('seccomp-filter') || values['seccomp-filter'] || values['secure-splitting'],
    checkExecutables: checksArguments(values),
    permittedHooks,
    secureSplitting: values['secure-splitting'],
  };
}

/** Grants writing to the local directory that rsync's arguments copy to, as to a destination. */
function targetOf({ localTarget }: Paths): AllowedPath[] {
  return localTarget === undefined ? [] : [{ path: localTarget, access: 'write' }];
}

/** A program is executed by the name of its symbolic link, and needs the link's target too. */
function withTarget(path: BytePath): BytePath[] {
  const target = resolveLinks(path);
  return target === path ? [path] : [path, target];
}

/** The capabilities of handlers by name; undefined: the mirror profile. */
function capabilities({ values, origin }: Resolved): readonly Capability[] | undefined {
  const list = values['handler-capabilities'];
  if (list !== undefined)
    return list
      .slice(list.findLastIndex((name) => name.toLowerCase() === 'none') + 1)
      .map((name) => capabilityOf(name, origin('handler-capabilities')));
  return values['inherit-capabilities'] === 'empty' ? [] : undefined;
}

function capabilityOf(name: string, origin: string): Capability {
  const capability = parseCapability(name);
  if (capability !== undefined) return capability;
  const what = `there is no capability "${display(name as BytePath)}"`;
  throw new ClsyncError('BAD_VALUE', origin, what);
}

/** Names alone: their values are those that the starter has. */
function checkNames({ values, origin }: Resolved): void {
  const odd = values['handler-env'].find((name) => name.includes('='));
  if (odd === undefined) return;
  const what = `"${display(odd as BytePath)}" is no name: the value is that of clsync's environment`;
  throw new ClsyncError('BAD_VALUE', origin('handler-env'), what);
}

/** The suffixes that give the access to a path. */
const ACCESS: Readonly<Record<string, Omit<AllowedPath, 'path'>>> = {
  ':rw': { access: 'write' },
  ':rwx': { access: 'all' },
  ':socket': { access: 'list', sockets: true },
};

/**
 * Parses a value of --handler-allow. Throws ClsyncError when the path does not exist: only paths
 * that exist at the start are granted.
 */
function allowed(written: string, origin: string, here: (path: string) => BytePath): AllowedPath {
  const [suffix = ''] = /:[^:/]*$/.exec(written) ?? [];
  const access = Object.hasOwn(ACCESS, suffix) ? ACCESS[suffix] : undefined;
  const path = access === undefined ? written : written.slice(0, -suffix.length);
  if (path === '')
    throw new ClsyncError('BAD_VALUE', origin, `"${display(written as BytePath)}" names no path`);
  try {
    checkPresent(here(path), origin);
  } catch (error) {
    // A file's name may contain a colon, so this is an error only because the file does not exist.
    if (access !== undefined || suffix === '') throw error;
    throw new ClsyncError(
      'BAD_VALUE',
      origin,
      `"${display(written as BytePath)}" ends with none of ` +
        `${Object.keys(ACCESS).join(', ')}, and there is no such file`,
    );
  }
  if (access?.sockets === true) checkSockets(here(path), origin);
  return { path: here(path), ...(access ?? { access: 'execute' }) };
}

function checkSockets(path: BytePath, origin: string): void {
  const stats = statSync(toBuffer(path));
  if (!stats.isSocket() && !stats.isDirectory())
    throw new ClsyncError(
      'BAD_VALUE',
      origin,
      `${display(path)} is neither a Unix socket nor a directory of such`,
    );
}

function memoryOf(values: Options): Pick<SandboxSettings, 'autoMemory' | 'watcherMemory'> {
  const { 'handler-memory': handlers, 'watcher-memory': watcher } = values;
  return {
    autoMemory: { executor: handlers === 'auto', watcher: watcher === 'auto' },
    ...defined({ watcherMemory: bytesOf(watcher) }),
  };
}

function bytesOf(limit: MemoryLimit): number | undefined {
  return typeof limit === 'number' ? limit : undefined;
}

/** The executor itself has some 14 threads and processes, and a handler may be three. */
const FEWEST_PROCESSES = 24;

function limits({ values, origin }: Resolved): HandlerLimits {
  const processes = values['handler-pids'];
  if (processes > 0 && processes < FEWEST_PROCESSES) {
    const what = `"${processes}" is less than ${FEWEST_PROCESSES}, as the executor itself has some 14`;
    throw new ClsyncError('BAD_VALUE', origin('handler-pids'), what);
  }
  const set = (value: number): number | undefined => (value === 0 ? undefined : value);
  return defined({
    memory: bytesOf(values['handler-memory']),
    processes: set(processes),
    cpu: set(values['handler-cpu']),
    io: set(values['handler-io']),
  });
}

/** The path without symbolic links; as it is, where nothing is there: its opening says so. */
function placeOf(path: BytePath | undefined): BytePath | undefined {
  if (path === undefined) return undefined;
  for (const resolve of [resolveLinks, resolveAbove])
    try {
      return resolve(path);
    } catch {
      continue;
    }
  return path;
}

function resolveAbove(path: BytePath): BytePath {
  return join(resolveLinks(parent(path)), basename(path));
}
