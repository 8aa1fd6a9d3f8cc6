/** Everything the sandboxes are made from: plain data that the master fills from the options. */
import type { BytePath } from '../../shared/bytes.js';
import type { Options } from '../options/table.js';

/** A path a handler may see besides the usual ones (`--handler-allow PATH[:rw|:rwx]`). */
export interface AllowedPath {
  /** Absolute. */
  readonly path: BytePath;
  readonly access: 'execute' | 'write' | 'all';
}

/**
 * Limits of the cgroup (or, where there is none, of each process) that the executor and its
 * handlers live in.
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
  /** `--monitor`: what the watcher is granted for it stands in its row. */
  readonly monitor: Options['monitor'];
  /**
   * Absolute local directory, resolved; undefined where the destination is remote or the mode has
   * none.
   */
  readonly destination?: BytePath;
  /** `--lists-dir`, absolute. */
  readonly listsDirectory?: BytePath;
  /** Where temporary directories are made, absolute (`TMPDIR`, else /tmp). */
  readonly temporaryDirectory: BytePath;
  /** Absolute paths of the handler, hooks and plug-ins that lie outside the system directories. */
  readonly programs: readonly BytePath[];
  /** Absolute path of `--standby-file`, which the executor polls. */
  readonly standbyFile?: BytePath;
  /** There is no destination: the handler may change the watched tree itself. */
  readonly watchWritable: boolean;
  /** The destination is on another host. */
  readonly remoteDestination: boolean;
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
  /**
   * `--handler-capabilities`: names such as `CHOWN` or `CAP_CHOWN`; undefined: the mirror profile.
   */
  readonly handlerCapabilities?: readonly string[];
  /**
   * `--preserve-capabilities`, with CAP_: what the watcher may keep of its profile; undefined: all.
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
  /** `--handler-network`: the executor keeps the host's network even so. */
  readonly handlerNetwork: Options['handler-network'];
  /** `--detach-ipc`. */
  readonly detachIpc: Options['detach-ipc'];
  readonly limits: HandlerLimits;
  /** `--forbid-devices`. */
  readonly forbidDevices: boolean;
  /** `--chroot`, absolute. */
  readonly chroot?: BytePath;
  readonly pivotRoot: Options['pivot-root'];
  /** `--mountpoints`, absolute: everything else is unmounted; undefined: not asked for. */
  readonly mountPoints?: readonly BytePath[];
  /** `--seccomp-filter`; on unless the user said no. */
  readonly seccomp: boolean;
  /** `--check-execvp-arguments`: only the files known at start may be executed. */
  readonly checkExecutables: boolean;
  /** `--add-permitted-hook-files`, absolute. */
  readonly permittedHooks: readonly BytePath[];
  /** `--secure-splitting`: every mechanism, or no start. */
  readonly secureSplitting: Options['secure-splitting'];
  /** `--cgroup-group-name`, relative to the cgroup hierarchy; undefined: `clsync/PID`. */
  readonly cgroupName?: string;
}
