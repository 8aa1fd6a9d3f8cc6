/**
 * What the launcher (src/native/launch/launch.c) does before it executes a program: plain data,
 * applied there in the order of `STEP` (specification-wire.ts). Used by the master for the roles
 * and by the executor for handlers and hooks.
 */
import type { BytePath } from './bytes.js';

/** Sets as masks, bit N for capability number N; see capabilities(7). */
export interface CapabilitySets {
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/**
 * Credentials, all three of real, effective and saved; `groups` replaces the supplementary groups.
 */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** A limit of setrlimit(2), by its number in <sys/resource.h>. */
export interface ResourceLimit {
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** New namespaces by the CLONE_NEW* flags of <linux/sched.h>. */
export const NAMESPACE = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;
export type Namespace = keyof typeof NAMESPACE;

export interface Namespaces {
  readonly kinds: readonly Namespace[];
  /** With `user`: the lines of uid_map and gid_map, see user_namespaces(7). */
  readonly uidMap?: string;
  readonly gidMap?: string;
}

/**
 * How everything that the program started ends with it: by the end of its pid namespace or, where
 * it has none, by a keeper that adopts orphans and kills them. In both cases a process stays
 * between the caller and the program; SIGTERM ends it with all processes beneath it.
 */
export const KEEPER = { adoption: 1, namespace: 2 } as const;
export type Keeper = keyof typeof KEEPER;

/** MOUNT_ATTR_* of mount_setattr(2). */
export const MOUNT_ATTRIBUTE = {
  readOnly: 1n,
  noSetuid: 2n,
  noDevices: 4n,
  noExecution: 8n,
  /** Symbolic links in it are read, but lead nowhere (ELOOP). */
  noLinks: 0x20_0000n,
} as const;
export type MountAttribute = keyof typeof MOUNT_ATTRIBUTE;

/** An object that the launcher inherits, open (O_PATH). */
export interface Opened {
  readonly descriptor: number;
  /** Its path; absolute, without symbolic links. */
  readonly path: BytePath;
}

/**
 * One object of the view. `target` is an absolute path in the view; missing directories above it
 * are made.
 */
export type MountRow =
  /** `source` (absolute, not followed) with everything mounted beneath it. */
  | {
      readonly kind: 'bind';
      readonly source: BytePath;
      /** What `source` must be; undefined: whatever is there. */
      readonly opened?: Opened;
      readonly target: BytePath;
      readonly set: readonly MountAttribute[];
      readonly clear?: readonly MountAttribute[];
    }
  | { readonly kind: 'symlink'; readonly target: BytePath; readonly value: BytePath }
  | { readonly kind: 'directory'; readonly target: BytePath; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly target: BytePath;
      readonly mode: number;
      readonly content: Uint8Array;
    }
  /** `options` as in mount(8). */
  | { readonly kind: 'proc' | 'tmpfs'; readonly target: BytePath; readonly options: string }
  /** Changes attributes of what is mounted at `target`. */
  | {
      readonly kind: 'attributes';
      readonly target: BytePath;
      readonly set: readonly MountAttribute[];
      readonly recursive: boolean;
    }
  | { readonly kind: 'detach'; readonly target: BytePath };

export interface View {
  /**
   * A new root, entered by pivot_root(2), in which only the rows are; else the rows change the
   * host's root.
   */
  readonly freshRoot: boolean;
  /** Parents before children. */
  readonly rows: readonly MountRow[];
  /**
   * A directory of the host. Its content is put into the new root before the rows are applied;
   * without `freshRoot` it is entered by chroot(2).
   */
  readonly chroot?: BytePath;
  /** What `chroot` must be; undefined: whatever is there. */
  readonly chrootOpened?: Opened;
}

export interface LandlockRule {
  readonly path: BytePath;
  /** What the rule is for, whatever is at the path. */
  readonly opened?: Opened;
  readonly allowed: bigint;
}

/**
 * LANDLOCK_SCOPE_*: no connections to abstract sockets of outside processes, no signals to outside
 * processes.
 */
export const LANDLOCK_SCOPE = { sockets: 1n, signals: 2n } as const;

/**
 * Masks of <linux/landlock.h>: the rights that are denied, except where the rules allow them. See
 * landlock(7).
 */
export interface Landlock {
  readonly files: bigint;
  readonly network: bigint;
  readonly scoped: bigint;
  /**
   * The rights that exist for objects other than directories. A rule for such an object uses only
   * these.
   */
  readonly onFiles: bigint;
  readonly rules: readonly LandlockRule[];
}

/**
 * A keeper for the call of a handler: it waits for the handler and ends what that has left running.
 * SIGTERM ends the call, SIGUSR1 all but the handler itself.
 */
export interface CallKeeper {
  /** `landlock` keeps signals in its domain: the keeper gets a domain of its own around it. */
  readonly scoped: boolean;
  /** What is left goes on when the handler ends by itself. */
  readonly leaves: boolean;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

/**
 * A group of fanotify(7) with a mark for the file system of a directory; where the kernel refuses
 * it, an eventfd(2) that holds the errno value.
 */
export interface EventGroup {
  /** What it becomes; above all others that the program gets. */
  readonly descriptor: number;
  /** FAN_* of fanotify_init(2) and fanotify_mark(2). */
  readonly flags: number;
  readonly mask: bigint;
  /** Absolute. */
  readonly directory: BytePath;
  /** What that is, whatever is at the path. */
  readonly opened?: Opened;
}

/**
 * A process that tells the program where the directories with some file handles are, beneath its
 * working directory: the program may open none of them.
 */
export interface Resolver {
  /** What the socket to it becomes; above all others that the program gets. */
  readonly descriptor: number;
  /** Rights of <linux/landlock.h> that it gives up; 0: there is no Landlock. */
  readonly files: bigint;
  /** As `Preparation.seccomp`; undefined: there are no filters. */
  readonly seccomp?: Uint8Array;
}

/** What the launcher does before it executes a program. */
export interface Preparation {
  /** Files to write `0` to, so that the process joins those cgroups. */
  readonly cgroups?: readonly BytePath[];
  /** Descriptors that stay open, besides the launcher's own; all others are closed. */
  readonly descriptors: readonly number[];
  /** Those that are closed by the exec, for `Opened`; above all of `descriptors`. */
  readonly inherited?: readonly number[];
  /** A session of its own (setsid(2)). */
  readonly session: boolean;
  readonly limits?: readonly ResourceLimit[];
  readonly umask?: number;
  readonly events?: EventGroup;
  readonly namespaces?: Namespaces;
  readonly keeper?: Keeper;
  /**
   * One of `descriptors`: the keeper ends everything when its other end is closed. The program does
   * not get it.
   */
  readonly leash?: number;
  /**
   * Capabilities that the keeper keeps. It needs KILL to end programs that may change their ids.
   */
  readonly keeperCapabilities?: bigint;
  /** Needs the mount namespace. */
  readonly view?: View;
  /** Working directory. */
  readonly directory: BytePath;
  /** What that is, whatever is at the path: where there is no view. */
  readonly directoryOpened?: Opened;
  /** What stays in the bounding set; undefined leaves it as it is. */
  readonly bounding?: bigint;
  /** undefined: as the caller. */
  readonly identity?: Identity;
  /** undefined: as the caller. */
  readonly capabilities?: CapabilitySets;
  /**
   * Process that must still be the parent, whose end kills the program with SIGKILL; as seen from
   * the launcher's pid namespace. undefined: the program outlives its parent (the daemon itself,
   * going to the background).
   */
  readonly parent?: number;
  readonly noNewPrivileges: boolean;
  /** No memory that was writable becomes executable (PR_SET_MDWE of prctl(2), Linux 6.3). */
  readonly noWrittenCode?: boolean;
  readonly call?: CallKeeper;
  /** Needs noNewPrivileges, as does the filter. */
  readonly landlock?: Landlock;
  readonly resolver?: Resolver;
  /** struct sock_filter, see src/shared/seccomp. It holds for the program and all it starts. */
  readonly seccomp?: Uint8Array;
}

/** What is executed then. */
export interface Execution {
  /** Absolute path of what is executed. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
}

export interface Specification extends Preparation, Execution {}
