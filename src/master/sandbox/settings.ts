/** The settings of the sandboxes: plain data, made from the options. */
import { isWithin, parent } from '../../shared/bytes.js';
import type { MonitorName } from '../../shared/monitors.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Mirrored } from '../../shared/seccomp/special.js';
import type { Options } from '../options/table.js';
import type { Capability } from './capabilities.js';

/** A further path in the handler's view (`--handler-allow PATH[:rw|:rwx|:socket]`). */
export interface AllowedPath {
  /** Absolute. */
  readonly path: BytePath;
  readonly access: 'list' | 'execute' | 'write' | 'all';
  /** It is a Unix socket to connect to, or a directory of such. */
  readonly sockets?: true;
}

/**
 * Limits of the control group of the executor and its handlers; where there is none, of each
 * process.
 */
export interface HandlerLimits {
  /** Bytes (`--handler-memory`). */
  readonly memory?: number;
  /** Processes and threads (`--handler-pids`). */
  readonly processes?: number;
  /** Processors, e.g. 0.5 (`--handler-cpu`). */
  readonly cpu?: number;
  /** Bytes a second read and written, each (`--handler-io`). */
  readonly io?: number;
}

export interface SandboxSettings {
  /** Absolute, symbolic links resolved. */
  readonly watchDirectory: BytePath;
  /** `--monitor`; its row in the table of monitors has what the watcher gets for it. */
  readonly monitor: MonitorName;
  /**
   * Absolute local directory, resolved; undefined where the destination is remote or the mode has
   * none.
   */
  readonly destination?: BytePath;
  /** The executor itself makes the destination equal. */
  readonly copies: boolean;
  /** The destination is not changed: it is compared only. */
  readonly onlyLooks?: boolean;
  /** The executor starts programs: handlers, or hooks. */
  readonly executes: boolean;
  /** None but rsync(1), from one local directory to another, with arguments of ours. */
  readonly onlyRsync?: boolean;
  /** Absolute local directory outside of the destination that replaced files are moved to. */
  readonly backupDirectory?: BytePath;
  /** `--lists-dir`, absolute. */
  readonly listsDirectory?: BytePath;
  /**
   * `--state-dir`, absolute, without symbolic links: the executor gets its files, open, and nothing
   * it starts may reach them.
   */
  readonly stateDirectory?: BytePath;
  /** The place of temporary directories, absolute (`TMPDIR`, else /tmp). */
  readonly temporaryDirectory: BytePath;
  /** The handler, hooks and plug-ins outside the system directories, absolute. */
  readonly programs: readonly BytePath[];
  /** The handler may change the watched tree itself, as there is no destination. */
  readonly watchWritable: boolean;
  /** The destination is on another host. */
  readonly remoteDestination: boolean;
  /** An ssh connection is kept, which syncs find by a Unix socket. */
  readonly keepConnection: boolean;
  /** An rsync mode between two local directories: no network is needed. */
  readonly localTransfer: boolean;

  /** `--uid`, `--gid`, as numbers; undefined where the user did not say. */
  readonly uid?: number;
  readonly gid?: number;
  /** `--sync-handler-uid`, `--sync-handler-gid`: the executor and all it starts. */
  readonly handlerUid?: number;
  readonly handlerGid?: number;
  /** `--privileged-uid`, `--privileged-gid`: the watcher. */
  readonly privilegedUid?: number;
  readonly privilegedGid?: number;
  /** `--handler-capabilities`; undefined: the mirror profile. */
  readonly handlerCapabilities?: readonly Capability[];
  /**
   * `--preserve-capabilities`, with CAP_: the part of its profile that the watcher keeps;
   * undefined: all.
   */
  readonly preservedCapabilities?: readonly string[];
  /** `--handler-jit`: handlers may execute what they have written to memory. */
  readonly jit: Options['handler-jit'];
  /** `--compat`: the starter's ids, environment and view of the host for handlers. */
  readonly compat: Options['compat'];

  /** `--handler-view`. */
  readonly view: Options['handler-view'];
  /** `--handler-allow`. */
  readonly allow: readonly AllowedPath[];
  /** `--detach-network`; undefined: the executor loses the network in a local transfer. */
  readonly detachNetwork?: Options['detach-network'];
  /** `--mirror-setid`, `--mirror-devices`. */
  readonly mirrored: Mirrored;
  /** Symbolic links in the trees of the mirror lead somewhere (`--follow-symlinks`). */
  readonly followsLinks: boolean;
  /** `--handler-network`: the executor keeps the host's network in a local transfer too. */
  readonly handlerNetwork: Options['handler-network'];
  /** `--detach-ipc`. */
  readonly detachIpc: Options['detach-ipc'];
  readonly limits: HandlerLimits;
  /** `--watcher-memory`, bytes; undefined: none, or `auto`. */
  readonly watcherMemory?: number;
  /** Whether the memory of a role is limited where that takes no rights: `auto`. */
  readonly autoMemory: Readonly<Record<'watcher' | 'executor', boolean>>;
  /** `--forbid-devices`. */
  readonly forbidDevices: boolean;
  /** `--chroot`, absolute. */
  readonly chroot?: BytePath;
  readonly pivotRoot: Options['pivot-root'];
  /**
   * `--mountpoints`, absolute: all other mounts are detached; undefined: the option is not given.
   */
  readonly mountPoints?: readonly BytePath[];
  /** `--allow-fuse`: FUSE mounts of other users are shown. */
  readonly allowFuse: Options['allow-fuse'];
  /** `--seccomp-filter`; on by default. */
  readonly seccomp: boolean;
  /** `--check-execvp-arguments`: only the files known at start may be executed. */
  readonly checkExecutables: boolean;
  /** `--add-permitted-hook-files`, absolute. */
  readonly permittedHooks: readonly BytePath[];
  /** `--secure-splitting`: the daemon starts only if every mechanism is available. */
  readonly secureSplitting: Options['secure-splitting'];
  /** `--cgroup-group-name`, relative to the cgroup hierarchy; undefined: `clsync/PID`. */
  readonly cgroupName?: string;
}

/** The trees of a mirror: the watch directory, a local destination, and its old versions. */
export function treesOf({
  watchDirectory,
  destination,
  backupDirectory,
}: Pick<SandboxSettings, 'watchDirectory' | 'destination' | 'backupDirectory'>): BytePath[] {
  return [watchDirectory, destination, backupDirectory].filter((path) => path !== undefined);
}

/**
 * The nearest directory that has the destination and its old versions in it: the kernel renames
 * nothing from one mount to another, so that views show both by one. undefined: there is none below
 * the root, or the destination has the other in it.
 */
export function sharedMount({
  destination,
  backupDirectory,
}: Pick<SandboxSettings, 'destination' | 'backupDirectory'>): BytePath | undefined {
  if (destination === undefined || backupDirectory === undefined) return undefined;
  if (isWithin(backupDirectory, destination)) return undefined;
  let shared = parent(destination);
  while (!isWithin(backupDirectory, shared)) shared = parent(shared);
  return shared === '' ? undefined : shared;
}
