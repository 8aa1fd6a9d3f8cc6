/**
 * Which of the kernel's mechanisms can be had here, found out by trying them as the roles will use
 * them.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { constants as os } from 'node:os';
import { codeOf } from '../../shared/system-errors.js';
import { fromText } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { native, socketpair } from '../../shared/native.js';
import { compileFilter, supportsFilters } from '../../shared/seccomp/filter.js';
import { decodeFailure, encodeSpecification } from '../../shared/specification-wire.js';
import type { LauncherFailure } from '../../shared/specification-wire.js';
import type {
  Identity,
  Landlock,
  Namespace,
  Namespaces,
  Specification,
  View,
} from '../../shared/specification.js';
import { maskOf, ownCapabilities } from './capabilities.js';

export interface Mechanisms {
  /**
   * How a role gets namespaces: with the starter's privilege, by a user namespace, or not at all.
   */
  readonly namespaces: 'privileged' | 'user' | 'none';
  /** Of those that were wanted. */
  readonly kinds: readonly Namespace[];
  /** Roles may be given other ids than the starter's. */
  readonly ids: boolean;
  /** Version of Landlock's interface; 0: none. */
  readonly landlock: number;
  /** Filters of system calls: the kernel has them, and there is a table for this architecture. */
  readonly seccomp: boolean;
  /** PR_SET_MDWE. */
  readonly memory: boolean;
  /** What was tried in vain, and the kernel's answer. */
  readonly refused: { readonly namespaces?: string; readonly ids?: string };
}

/** What the roles would use. */
export interface Wanted {
  /** undefined: the starter's. */
  readonly identity: Identity | undefined;
  readonly kinds: readonly Namespace[];
  /**
   * Made of what the system and this package are installed as, so that no user's file can make it
   * fail.
   */
  readonly view: View;
}

/** Without these two there is no view and no keeper's end of all. */
const CORE: readonly Namespace[] = ['mount', 'pid'];
const NO_CAPABILITY = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };

/** Throws ClsyncError (SANDBOX) when the system lacks the means to try at all. */
export function findMechanisms(wanted: Wanted): Mechanisms {
  const { identity, kinds } = wanted;
  const other: Attempt =
    identity === undefined ? {} : { identity, bounding: 0n, capabilities: NO_CAPABILITY };
  const way = likelyWay(identity);
  const restrictions = knownRestrictions();
  // A program takes milliseconds to start, so all is tried at once, and apart only where that
  // fails.
  if (
    way !== 'none' &&
    attempt({ ...allOf(restrictions), ...other, ...inNamespaces(way, kinds, wanted) }) === undefined
  ) {
    return {
      namespaces: way,
      kinds,
      ids: identity !== undefined,
      ...versionsOf(restrictions),
      refused: {},
    };
  }
  const left = new Map([...restrictions].filter(([, steps]) => attempt(steps) === undefined));
  const noIds = identity === undefined ? undefined : attempt({ ...allOf(left), ...other });
  const ids = identity !== undefined && noIds === undefined;
  const found = findNamespaces(wanted, { ...allOf(left), ...(ids ? other : {}) }, ids);
  const refused = { ...found.refused, ...(noIds === undefined ? {} : { ids: noIds.words }) };
  return { ...found, ids, ...versionsOf(left), refused };
}

type Restriction = 'seccomp' | 'landlock' | 'memory';

/** Nothing but files may be executed that may be executed anyway. */
const HARMLESS: Landlock = {
  files: 1n,
  network: 0n,
  scoped: 0n,
  onFiles: 1n,
  rules: [{ path: fromText('/'), allowed: 1n }],
};

/** What the kernel says that it has, as the launcher makes it. */
function knownRestrictions(): ReadonlyMap<Restriction, Attempt> {
  const restrictions = new Map<Restriction, Attempt>();
  if (supportsFilters()) restrictions.set('seccomp', { seccomp: compileFilter([]) });
  if (native.landlockVersion() > 0) restrictions.set('landlock', { landlock: HARMLESS });
  if (native.canDenyExecutableMemory()) restrictions.set('memory', { noWrittenCode: true });
  return restrictions;
}

function allOf(restrictions: ReadonlyMap<Restriction, Attempt>): Attempt {
  return [...restrictions.values()].reduce((all, steps) => ({ ...all, ...steps }), {});
}

function versionsOf(
  restrictions: ReadonlyMap<Restriction, Attempt>,
): Pick<Mechanisms, Restriction> {
  return {
    seccomp: restrictions.has('seccomp'),
    landlock: restrictions.has('landlock') ? native.landlockVersion() : 0,
    memory: restrictions.has('memory'),
  };
}

type Attempt = Partial<Specification>;
type Way = 'privileged' | 'user';

function likelyWay(identity: Identity | undefined): Mechanisms['namespaces'] {
  if ((ownCapabilities().effective & maskOf(['SYS_ADMIN'])) !== 0n) return 'privileged';
  return identity === undefined ? 'user' : 'none';
}

function findNamespaces(
  wanted: Wanted,
  base: Attempt,
  ids: boolean,
): Pick<Mechanisms, 'namespaces' | 'kinds' | 'refused'> {
  let refusal: LauncherFailure | undefined;
  // In a user namespace of ours there are no ids but the starter's.
  for (const way of ids ? (['privileged'] as const) : (['privileged', 'user'] as const)) {
    refusal = attempt({ ...base, ...inNamespaces(way, CORE, wanted) });
    if (refusal !== undefined) continue;
    const kinds = wanted.kinds.filter(
      (kind) =>
        CORE.includes(kind) ||
        attempt({ ...base, ...inNamespaces(way, [...CORE, kind], wanted) }) === undefined,
    );
    return { namespaces: way, kinds, refused: {} };
  }
  return {
    namespaces: 'none',
    kinds: [],
    refused: refusal === undefined ? {} : { namespaces: refusal.words },
  };
}

/** A user namespace in which the starter's ids, and only they, are themselves. */
export function ownUserNamespace(kinds: readonly Namespace[]): Namespaces {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { kinds: ['user', ...kinds], uidMap: `${uid} ${uid} 1`, gidMap: `${gid} ${gid} 1` };
}

function inNamespaces(way: Way, kinds: readonly Namespace[], { view }: Wanted): Attempt {
  return {
    namespaces: way === 'user' ? ownUserNamespace(kinds) : { kinds },
    keeper: 'namespace',
    view,
  };
}

/**
 * What refuses for want of means refuses the next time for another reason, or not at all: that is
 * no answer.
 */
const PASSING: readonly number[] = [
  os.errno.EAGAIN,
  os.errno.ENOMEM,
  os.errno.EMFILE,
  os.errno.ENFILE,
  os.errno.EINTR,
];

/** undefined: the launcher did all of it. */
function attempt(steps: Attempt): LauncherFailure | undefined {
  const nothing: Specification = {
    descriptors: [1, 2],
    session: true,
    directory: fromText('/'),
    parent: process.pid,
    noNewPrivileges: true,
    program: fromText(FILES.launcher), // without an argument it only says how it is used
    arguments: [fromText('probe')],
    environment: [],
  };
  const [ours, theirs] = socketpair();
  try {
    writeSync(ours, encodeSpecification({ ...nothing, ...steps }));
    const { status, signal, error } = spawnSync(FILES.launcher, ['0'], {
      stdio: [theirs, 'ignore', 'ignore'],
      env: {},
    });
    closeSync(theirs);
    if (status === LAUNCHER_USAGE) return undefined;
    const failure = decodeFailure(readAll(ours)) ?? silent(status, signal, error);
    if (failure.step === 'program' || PASSING.includes(failure.errno))
      throw new ClsyncError('SANDBOX', 'roles', `${failure.step}: ${failure.words}`);
    return failure;
  } finally {
    closeSync(ours);
  }
}

/** A filter that the starter has may kill instead of refusing. */
function silent(
  status: number | null,
  signal: NodeJS.Signals | null,
  error: Error | undefined,
): LauncherFailure {
  if (error !== undefined) return { status: 0, errno: 0, step: 'program', words: error.message };
  return {
    status: status ?? 0,
    errno: 0,
    step: 'specification',
    words: signal === null ? `exit status ${status}` : `killed by ${signal}`,
  };
}

/** Exit status of a launcher that was given no descriptor. */
const LAUNCHER_USAGE = 200;

/** To the end that the launcher's exit made. */
function readAll(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk; (chunk = readSome(descriptor)).length > 0;) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Nothing, at the end; also where the launcher never read what it was sent (ECONNRESET). */
function readSome(descriptor: number): Buffer {
  const chunk = Buffer.alloc(4096);
  try {
    return chunk.subarray(0, readSync(descriptor, chunk));
  } catch (error) {
    if (codeOf(error) !== 'ECONNRESET') throw error;
    return chunk.subarray(0, 0);
  }
}
