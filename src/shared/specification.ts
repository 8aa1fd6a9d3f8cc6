/**
 * What the launcher (src/native/launch.c) does before it executes a program: plain data, encoded here, applied there in the order of
 * `STEP`. Used by the master for the roles and by the executor for handlers and hooks.
 *
 * On the wire, little-endian: magic, length of the whole, then steps as (id, length, payload), ids ascending.
 */
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';

/** Sets as masks, bit N for capability number N; see capabilities(7). */
export interface CapabilitySets {
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/** Credentials, all three of real, effective and saved; `groups` replaces the supplementary groups. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** One of setrlimit(2), by the number of <sys/resource.h>. */
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
 * How nothing outlives the program: the end of its pid namespace, or (where that cannot be had) a keeper that adopts orphans and kills
 * them. Either way a process stays between the caller and the program; SIGTERM ends it with everything below.
 */
export const KEEPER = { adoption: 1, namespace: 2 } as const;
export type Keeper = keyof typeof KEEPER;

/** MOUNT_ATTR_* of mount_setattr(2). */
export const MOUNT_ATTRIBUTE = { readOnly: 1n, noSetuid: 2n, noDevices: 4n, noExecution: 8n } as const;
export type MountAttribute = keyof typeof MOUNT_ATTRIBUTE;

/** One thing in the view; `target` is absolute in it. Directories on the way are made. */
export type MountRow =
  /** `source` (absolute, not followed) with everything mounted beneath it. */
  | { readonly kind: 'bind'; readonly source: BytePath; readonly target: BytePath; readonly set: readonly MountAttribute[]; readonly clear?: readonly MountAttribute[] }
  | { readonly kind: 'symlink'; readonly target: BytePath; readonly value: BytePath }
  | { readonly kind: 'directory'; readonly target: BytePath; readonly mode: number }
  | { readonly kind: 'file'; readonly target: BytePath; readonly mode: number; readonly content: Uint8Array }
  /** `options` as in mount(8). */
  | { readonly kind: 'proc' | 'tmpfs'; readonly target: BytePath; readonly options: string }
  /** Changes attributes of what is mounted at `target`. */
  | { readonly kind: 'attributes'; readonly target: BytePath; readonly set: readonly MountAttribute[]; readonly recursive: boolean }
  | { readonly kind: 'detach'; readonly target: BytePath };

export interface View {
  /** A root of its own, on tmpfs and empty but for the rows; else the rows change the host's. */
  readonly freshRoot: boolean;
  /** Parents before children. */
  readonly rows: readonly MountRow[];
  /** Entered when all is mounted; `freshRoot` has nothing to do with it. */
  readonly chroot?: BytePath;
}

const MOUNT_KIND = { bind: 1, symlink: 2, directory: 3, file: 4, proc: 5, tmpfs: 6, attributes: 7, detach: 8 } as const;

/** Masks of <linux/landlock.h>: what is forbidden but for the rules, and what those allow. See landlock(7). */
export interface Landlock {
  readonly files: bigint;
  readonly network: bigint;
  readonly scoped: bigint;
  /** The rights that mean something on what is no directory; of a rule for such a path only these are used. */
  readonly onFiles: bigint;
  readonly rules: readonly { readonly path: BytePath; readonly allowed: bigint }[];
}

export interface Specification {
  /** Files to write `0` to, so that the process joins those cgroups. */
  readonly cgroups?: readonly BytePath[];
  /** Descriptors that stay open, besides the launcher's own; all others are closed. */
  readonly descriptors: readonly number[];
  /** A session of its own (setsid(2)). */
  readonly session: boolean;
  readonly limits?: readonly ResourceLimit[];
  readonly umask?: number;
  readonly namespaces?: Namespaces;
  readonly keeper?: Keeper;
  /** One of `descriptors`: the keeper ends everything when its other end is closed. The program does not get it. */
  readonly leash?: number;
  /** Needs the mount namespace. */
  readonly view?: View;
  /** Working directory. */
  readonly directory: BytePath;
  /** What stays in the bounding set; undefined leaves it as it is. */
  readonly bounding?: bigint;
  /** undefined: as the caller. */
  readonly identity?: Identity;
  /** undefined: as the caller. */
  readonly capabilities?: CapabilitySets;
  /**
   * Process that must still be the parent, whose end kills the program with SIGKILL; as seen from the launcher's pid namespace.
   * undefined: the program outlives its parent (the daemon itself, going to the background).
   */
  readonly parent?: number;
  readonly noNewPrivileges: boolean;
  /** Needs noNewPrivileges, as does the filter. */
  readonly landlock?: Landlock;
  /** struct sock_filter, see src/shared/seccomp. It holds for the program and all it starts. */
  readonly seccomp?: Uint8Array;
  /** Absolute path of what is executed. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
}

/** What a handler, hook or plug-in host is started with. */
export interface ProgramCall {
  /** Absolute. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
  /** Absolute. */
  readonly directory: BytePath;
  /** Descriptors above 2 that the program is given, ascending. */
  readonly descriptors?: readonly number[];
}

/**
 * What the executor asks the launcher for when it runs `call`: a session of its own (so that all of it can be killed), its end with the
 * executor's, no other descriptors. Ids, capabilities and filters are inherited from the executor.
 */
export function handlerSpecification(call: ProgramCall): Specification {
  return {
    descriptors: [0, 1, 2, ...(call.descriptors ?? [])],
    session: true,
    directory: call.directory,
    parent: process.pid,
    noNewPrivileges: true,
    program: call.program,
    arguments: call.arguments,
    environment: call.environment,
  };
}

/** Steps in the order in which they are applied, with their number on the wire and the name the launcher reports. */
export const STEP = {
  specification: 0,
  cgroup: 1,
  descriptors: 2,
  session: 3,
  namespaces: 4,
  keeper: 5,
  mounts: 6,
  limits: 7,
  umask: 8,
  directory: 9,
  bounding: 10,
  identity: 11,
  capabilities: 12,
  parent: 13,
  privileges: 14,
  landlock: 15,
  seccomp: 16,
  program: 17,
} as const;
export type StepName = keyof typeof STEP;

/** Largest encoded specification, bytes. */
const SPECIFICATION_MAX = 8 << 20;
const MAGIC = 0x31534c43;
const NO_LEASH = 0xffffffff;

/** Throws RangeError or TypeError when a field is out of bounds: that is a fault of the caller, not of the user. */
export function encodeSpecification(specification: Specification): Buffer {
  const { cgroups, limits, umask, namespaces, keeper, view, bounding, identity, capabilities, parent, landlock, seccomp } = specification;
  const out = new Writer();
  if (cgroups !== undefined) out.step('cgroup', (w) => w.list(cgroups, (path) => w.string(absolute(path))));
  out.step('descriptors', (w) => w.list(specification.descriptors, (fd) => w.u32(fd)));
  if (specification.session) out.step('session', () => undefined);
  if (namespaces !== undefined) {
    const flags = namespaces.kinds.reduce((all, kind) => all | NAMESPACE[kind], 0);
    out.step('namespaces', (w) => w.u32(flags).string(fromText(namespaces.uidMap ?? '')).string(fromText(namespaces.gidMap ?? '')));
  }
  if (keeper !== undefined) out.step('keeper', (w) => w.u32(KEEPER[keeper]).u32(specification.leash ?? NO_LEASH));
  if (view !== undefined) {
    out.step('mounts', (w) => w.u32(view.freshRoot ? 1 : 0).string(view.chroot ?? fromText('')).list(view.rows, (row) => writeMount(w, row)));
  }
  if (limits !== undefined) out.step('limits', (w) => w.list(limits, (limit) => w.u32(limit.resource).u64(limit.soft).u64(limit.hard)));
  if (umask !== undefined) out.step('umask', (w) => w.u32(umask));
  out.step('directory', (w) => w.string(absolute(specification.directory)));
  if (bounding !== undefined) out.step('bounding', (w) => w.u64(bounding));
  if (identity !== undefined) {
    out.step('identity', (w) => w.u32(identity.uid).u32(identity.gid).list(identity.groups, (gid) => w.u32(gid)));
  }
  if (capabilities !== undefined) {
    const { permitted, effective, inheritable, ambient } = capabilities;
    out.step('capabilities', (w) => w.u64(permitted).u64(effective).u64(inheritable).u64(ambient));
  }
  if (parent !== undefined) out.step('parent', (w) => w.u32(parent));
  if (specification.noNewPrivileges) out.step('privileges', () => undefined);
  if (landlock !== undefined) {
    out.step('landlock', (w) => {
      w.u64(landlock.files).u64(landlock.network).u64(landlock.scoped).u64(landlock.onFiles);
      w.list(landlock.rules, (rule) => w.string(absolute(rule.path)).u64(rule.allowed));
    });
  }
  if (seccomp !== undefined) out.step('seccomp', (w) => w.blob(seccomp));
  out.step('program', (w) => {
    w.string(absolute(specification.program)).list(specification.arguments, (word) => w.string(word));
    w.list(specification.environment, (word) => w.string(word));
  });
  return out.finish();
}

/** The error the launcher reported on its descriptor, or undefined when it reported none (the program was executed). */
export function decodeFailure(report: Buffer): LauncherFailure | undefined {
  const parts = /^(\d+) (\d+) ([a-z]+): (.*)\n$/s.exec(report.toString('latin1'));
  if (parts === null) return undefined;
  const [, status = '', errno = '', step = '', words = ''] = parts;
  return { status: Number(status), errno: Number(errno), step: step as StepName, words };
}

/** `status` is the launcher's exit status, 200 and the step's number. */
export interface LauncherFailure {
  readonly status: number;
  readonly errno: number;
  readonly step: StepName;
  /** What was tried and the kernel's answer. */
  readonly words: string;
}

function writeMount(w: Writer, row: MountRow): void {
  const text = row.kind === 'bind' ? absolute(row.source) : row.kind === 'symlink' ? row.value : 'options' in row ? fromText(row.options) : fromText('');
  const mode = 'mode' in row ? row.mode : row.kind === 'attributes' && row.recursive ? 1 : 0;
  const mask = (names: readonly MountAttribute[]): bigint => names.reduce((all, name) => all | MOUNT_ATTRIBUTE[name], 0n);
  w.u32(MOUNT_KIND[row.kind]).string(absolute(row.target)).string(text).u32(mode);
  w.u64('set' in row ? mask(row.set) : 0n).u64(row.kind === 'bind' ? mask(row.clear ?? []) : 0n);
  w.blob(row.kind === 'file' ? row.content : new Uint8Array());
}

function absolute(path: BytePath): BytePath {
  if (!path.startsWith('/')) throw new TypeError('a specification names only absolute paths');
  return path;
}

class Writer {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  step(name: StepName, fill: (writer: Writer) => void): void {
    const payload = new Writer();
    fill(payload);
    this.u32(STEP[name]).u32(payload.length);
    for (const chunk of payload.chunks) this.push(chunk);
  }

  u32(value: number): this {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32LE(value);
    return this.push(bytes);
  }

  u64(value: bigint): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64LE(value);
    return this.push(bytes);
  }

  /** Written with its terminating NUL, which the length counts. */
  string(text: BytePath): this {
    if (text.includes('\0')) throw new TypeError('a string of a specification holds a NUL');
    const bytes = Buffer.from(text + '\0', 'latin1');
    return this.u32(bytes.length).push(bytes);
  }

  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).push(Buffer.from(bytes));
  }

  list<T>(items: readonly T[], write: (item: T) => unknown): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  finish(): Buffer {
    const header = Buffer.allocUnsafe(8);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(this.length + header.length, 4);
    if (this.length + header.length > SPECIFICATION_MAX) throw new RangeError('specification too long');
    return Buffer.concat([header, ...this.chunks]);
  }

  private push(bytes: Buffer): this {
    this.chunks.push(bytes);
    this.length += bytes.length;
    return this;
  }
}
