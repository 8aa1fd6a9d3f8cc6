/**
 * A specification as the launcher reads it, and a failure as it reports it. Little-endian: magic,
 * length of the whole, then steps as (number, length, payload), numbers ascending. It may come in
 * parts of this form, whose numbers ascend from part to part.
 */
import { fromBuffer, fromText, littleEndian, bytesOf } from './bytes.js';
import type { BytePath } from './bytes.js';
import { KEEPER, MOUNT_ATTRIBUTE, NAMESPACE } from './specification.js';
import type {
  Execution,
  MountAttribute,
  MountRow,
  Opened,
  Preparation,
  Specification,
} from './specification.js';

/**
 * Steps in the order in which they are applied, with their number on the wire and the name the
 * launcher reports.
 */
export const STEP = {
  specification: 0,
  cgroup: 1,
  descriptors: 2,
  session: 3,
  events: 4,
  namespaces: 5,
  keeper: 6,
  mounts: 7,
  limits: 8,
  umask: 9,
  directory: 10,
  bounding: 11,
  identity: 12,
  capabilities: 13,
  parent: 14,
  privileges: 15,
  memory: 16,
  call: 17,
  landlock: 18,
  resolver: 19,
  seccomp: 20,
  program: 21,
} as const;
export type StepName = keyof typeof STEP;

/** Largest encoded specification, bytes. */
const SPECIFICATION_MAX = 8 << 20;
const MOUNT_KIND = {
  bind: 1,
  symlink: 2,
  directory: 3,
  file: 4,
  proc: 5,
  tmpfs: 6,
  attributes: 7,
  detach: 8,
} as const;
/** Flags of the step `call`, see src/native/launch/call.h. */
const CALL = { scoped: 1, leaves: 2 } as const;
const MAGIC = 0x31534c43;
/** In place of a descriptor. */
const NONE = 0xffffffff;

/**
 * Throws RangeError or TypeError when a field is out of bounds: that is an error of the caller, not
 * of the user.
 */
export function encodeSpecification(specification: Specification): Buffer {
  const out = new Writer();
  writePreparation(out, specification);
  writeExecution(out, specification);
  return out.finish();
}

/** The part before the program. Throws as `encodeSpecification`. */
export function encodePreparation(preparation: Preparation): Buffer {
  const out = new Writer();
  writePreparation(out, preparation);
  return out.finish();
}

/** The part that ends what `encodePreparation` has begun. Throws as `encodeSpecification`. */
export function encodeExecution(execution: Execution): Buffer {
  const out = new Writer();
  writeExecution(out, execution);
  return out.finish();
}

function writePreparation(out: Writer, specification: Preparation): void {
  const {
    cgroups,
    limits,
    umask,
    events,
    namespaces,
    keeper,
    view,
    bounding,
    identity,
    capabilities,
    parent,
    call,
    landlock,
    resolver,
    seccomp,
  } = specification;
  if (cgroups !== undefined)
    out.step('cgroup', (w) => w.list(cgroups, (path) => w.string(absolute(path))));
  out.step('descriptors', (w) =>
    w
      .list(specification.descriptors, (fd) => w.u32(fd))
      .list(specification.inherited ?? [], (fd) => w.u32(fd)),
  );
  if (specification.session) out.step('session', () => undefined);
  if (events !== undefined)
    out.step('events', (w) =>
      w
        .u32(events.descriptor)
        .u32(events.flags)
        .u64(events.mask)
        .place(absolute(events.directory), events.opened),
    );
  if (namespaces !== undefined) {
    const flags = namespaces.kinds.reduce((all, kind) => all | NAMESPACE[kind], 0);
    out.step('namespaces', (w) =>
      w
        .u32(flags)
        .string(fromText(namespaces.uidMap ?? ''))
        .string(fromText(namespaces.gidMap ?? '')),
    );
  }
  if (keeper !== undefined)
    out.step('keeper', (w) =>
      w
        .u32(KEEPER[keeper])
        .u32(specification.leash ?? NONE)
        .u64(specification.keeperCapabilities ?? 0n),
    );
  if (view !== undefined) {
    out.step('mounts', (w) =>
      w
        .u32(view.freshRoot ? 1 : 0)
        .place(view.chroot ?? fromText(''), view.chrootOpened)
        .list(view.rows, (row) => writeMount(w, row)),
    );
  }
  if (limits !== undefined)
    out.step('limits', (w) =>
      w.list(limits, (limit) => w.u32(limit.resource).u64(limit.soft).u64(limit.hard)),
    );
  if (umask !== undefined) out.step('umask', (w) => w.u32(umask));
  out.step('directory', (w) =>
    w.place(absolute(specification.directory), specification.directoryOpened),
  );
  if (bounding !== undefined) out.step('bounding', (w) => w.u64(bounding));
  if (identity !== undefined) {
    out.step('identity', (w) =>
      w
        .u32(identity.uid)
        .u32(identity.gid)
        .list(identity.groups, (gid) => w.u32(gid)),
    );
  }
  if (capabilities !== undefined) {
    const { permitted, effective, inheritable, ambient } = capabilities;
    out.step('capabilities', (w) => w.u64(permitted).u64(effective).u64(inheritable).u64(ambient));
  }
  if (parent !== undefined) out.step('parent', (w) => w.u32(parent));
  if (specification.noNewPrivileges) out.step('privileges', () => undefined);
  if (specification.noWrittenCode === true) out.step('memory', () => undefined);
  if (call !== undefined)
    out.step('call', (w) =>
      w.u32((call.scoped ? CALL.scoped : 0) | (call.leaves ? CALL.leaves : 0)).u32(call.grace),
    );
  if (landlock !== undefined) {
    out.step('landlock', (w) => {
      w.u64(landlock.files).u64(landlock.network).u64(landlock.scoped).u64(landlock.onFiles);
      w.list(landlock.rules, (rule) => w.place(absolute(rule.path), rule.opened).u64(rule.allowed));
    });
  }
  if (resolver !== undefined)
    out.step('resolver', (w) =>
      w
        .u32(resolver.descriptor)
        .u64(resolver.files)
        .blob(resolver.seccomp ?? Buffer.alloc(0)),
    );
  if (seccomp !== undefined) out.step('seccomp', (w) => w.blob(seccomp));
}

function writeExecution(out: Writer, execution: Execution): void {
  out.step('program', (w) => {
    w.string(absolute(execution.program)).strings(execution.arguments);
    w.strings(execution.environment);
  });
}

/**
 * The error the launcher reported on its descriptor, or undefined when it reported none (the
 * program was executed). When several processes of the launcher report one, the first counts: the
 * others follow from it.
 */
export function decodeFailure(report: Buffer): LauncherFailure | undefined {
  const parts = /^(\d{1,3}) (\d{1,9}) ([a-z]+): ([^\0]*)\0/.exec(fromBuffer(report));
  if (parts === null) return undefined;
  const [, status = '', errno = '', step = '', words = ''] = parts;
  return { status: Number(status), errno: Number(errno), step: step as StepName, words };
}

/** `status` is the launcher's exit status: 200 plus the step's number. */
export interface LauncherFailure {
  readonly status: number;
  readonly errno: number;
  readonly step: StepName;
  /** What was tried and the kernel's answer. */
  readonly words: string;
}

function writeMount(w: Writer, row: MountRow): void {
  const text =
    row.kind === 'bind'
      ? absolute(row.source)
      : row.kind === 'symlink'
        ? row.value
        : 'options' in row
          ? fromText(row.options)
          : fromText('');
  const mode = 'mode' in row ? row.mode : row.kind === 'attributes' && row.recursive ? 1 : 0;
  const mask = (names: readonly MountAttribute[]): bigint =>
    names.reduce((all, name) => all | MOUNT_ATTRIBUTE[name], 0n);
  const opened = row.kind === 'bind' ? row.opened : undefined;
  w.u32(MOUNT_KIND[row.kind]).string(absolute(row.target)).place(text, opened).u32(mode);
  w.u64('set' in row ? mask(row.set) : 0n).u64(row.kind === 'bind' ? mask(row.clear ?? []) : 0n);
  w.blob(row.kind === 'file' ? row.content : new Uint8Array());
}

function absolute(path: BytePath): BytePath {
  if (!path.startsWith('/')) throw new TypeError('a specification names only absolute paths');
  return path;
}

/** With its terminating NUL, which the length counts. */
function withLength(text: BytePath): string {
  if (text.includes('\0')) throw new TypeError('a string of a specification holds a NUL');
  return `${littleEndian(text.length + 1)}${text}\0`;
}

/** Little-endian numbers, and bytes with their length. */
export class Writer {
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

  string(text: BytePath): this {
    return this.push(bytesOf(withLength(text)));
  }

  /** The object at a path, or the one that is open. */
  place(path: BytePath, opened: Opened | undefined): this {
    return this.string(opened?.path ?? path).u32(opened?.descriptor ?? NONE);
  }

  /** A list of strings, made in one piece, as there may be very many. */
  strings(texts: readonly BytePath[]): this {
    let all = '';
    for (const text of texts) all += withLength(text);
    return this.u32(texts.length).push(bytesOf(all));
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
    if (this.length + header.length > SPECIFICATION_MAX)
      throw new RangeError('specification too long');
    return Buffer.concat([header, ...this.chunks]);
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  private push(bytes: Buffer): this {
    this.chunks.push(bytes);
    this.length += bytes.length;
    return this;
  }
}
