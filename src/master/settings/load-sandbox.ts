/** From options to what the sandboxes are made from. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { OptionName, Options } from '../../shared/options.js';
import { DEFAULT_HANDLERS } from '../../shared/settings.js';
import type { AllowedPath, HandlerLimits, SandboxSettings } from '../sandbox/settings.js';
import { defined } from './defined.js';
import { groupId, userId } from './identity.js';
import { checksArguments } from './load-roles.js';
import { searchPath } from './load-paths.js';
import type { Paths } from './load-paths.js';
import type { Surroundings } from './surroundings.js';
import { absolute, existingDirectory, findProgram, resolveLinks } from './paths.js';
import type { Resolved } from './resolve.js';

export function loadSandbox(resolved: Resolved, paths: Paths, ownArguments: boolean, around: Surroundings): SandboxSettings {
  const { values, given } = resolved;
  const here = (path: string): BytePath => absolute(path as BytePath, around.directory);
  const id = (name: OptionName, look: typeof userId): number | undefined => {
    const written = values[name] as BytePath | undefined;
    return written === undefined ? undefined : look(written, resolved.origin(name));
  };
  const isRemote = paths.destination !== undefined && !paths.destinationIsLocal;
  const found = (name: string | undefined): BytePath | undefined => (name === undefined ? undefined : findProgram(fromText(name), searchPath(around), around.directory));
  return {
    watchDirectory: paths.watchDirectory,
    ...defined({
      destination: paths.destinationIsLocal ? paths.destination : undefined,
      listsDirectory: paths.listsDirectory,
      standbyFile: paths.standbyFile,
      uid: id('uid', userId),
      gid: id('gid', groupId),
      handlerUid: id('sync-handler-uid', userId),
      handlerGid: id('sync-handler-gid', groupId),
      privilegedUid: id('privileged-uid', userId),
      privilegedGid: id('privileged-gid', groupId),
      handlerCapabilities: capabilities(values),
      preservedCapabilities: values['preserve-capabilities'],
      detachNetwork: given.has('detach-network') ? values['detach-network'] : undefined,
      chroot: values.chroot === undefined ? undefined : existingDirectory(values.chroot, around.directory, resolved.origin('chroot')),
      mountPoints: given.has('mountpoints') ? values.mountpoints.map(here) : undefined,
      cgroupName: given.has('cgroup-group-name') ? (values['cgroup-group-name'] as string) : undefined,
    }),
    temporaryDirectory: paths.temporaryDirectory,
    programs: [paths.handler ?? found(DEFAULT_HANDLERS[paths.mode]), paths.exitHook, paths.preExitHook, ...(isRemote ? [found('ssh')] : [])].flatMap((path) => (path === undefined ? [] : withTarget(path))),
    watchWritable: paths.destination === undefined,
    remoteDestination: isRemote,
    localTransfer: paths.mode.startsWith('rsync') && paths.destinationIsLocal && !(paths.mode === 'rsyncdirect' && ownArguments),
    jit: values['handler-jit'],
    compat: values.compat,
    view: values['handler-view'],
    allow: (values['handler-allow'] ?? []).map((written) => allowed(written, here)),
    handlerNetwork: values['handler-network'],
    detachIpc: values['detach-ipc'],
    detachMiscellanea: values['detach-miscellanea'],
    limits: limits(values),
    forbidDevices: values['forbid-devices'] || values['secure-splitting'],
    pivotRoot: values['pivot-root'],
    seccomp: !given.has('seccomp-filter') || values['seccomp-filter'] || values['secure-splitting'],
    checkExecutables: checksArguments(values),
    permittedHooks: values['add-permitted-hook-files'].map(here),
    secureSplitting: values['secure-splitting'],
  };
}

/** A program that is a symbolic link is executed by its own name, and is its target. */
function withTarget(path: BytePath): BytePath[] {
  const target = resolveLinks(path);
  return target === path ? [path] : [path, target];
}

/** undefined: the mirror profile. */
function capabilities(values: Options): readonly string[] | undefined {
  const list = values['handler-capabilities'];
  if (list !== undefined) return list.filter((name) => name.toLowerCase() !== 'none');
  return values['inherit-capabilities'] === 'empty' ? [] : undefined;
}

function allowed(written: string, here: (path: string) => BytePath): AllowedPath {
  const [, path = written, suffix = ''] = /^(.*):(rwx?)$/s.exec(written) ?? [];
  return { path: here(path), access: suffix === '' ? 'execute' : suffix === 'rw' ? 'write' : 'all' };
}

function limits(values: Options): HandlerLimits {
  const set = (value: number): number | undefined => (value === 0 ? undefined : value);
  return defined({
    memory: set(values['handler-memory']),
    processes: set(values['handler-pids']),
    cpu: set(values['handler-cpu']),
    io: set(values['handler-io']),
  });
}
