/**
 * Finds the mechanisms that this kernel offers to this process, by trying them as the roles will
 * use them.
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
  /** The kinds of namespaces available, out of the wanted ones. */
  readonly kinds: readonly Namespace[];
  /** Roles may be given other ids than the starter's. */
  readonly ids: boolean;
  /** Version of Landlock's interface; 0: none. */
  readonly landlock: number;
  /** Filters of system calls: the kernel has them, and there is a table for this architecture. */
  readonly seccomp: boolean;
  /** PR_SET_MDWE. */
  readonly memory: boolean;
  /** The kernel's answer to each attempt that failed. */
  readonly refused: { readonly namespaces?: string; readonly ids?: string };
}

/** What the roles are to use. */
export interface Wanted {
  /** The role's ids; undefined: the starter's. */
  readonly identity: Identity | undefined;
  readonly kinds: readonly Namespace[];
  /**
   * A view made of the system's and this package's files only, so that no file of a user can make
   * it fail.
   */
  readonly view: View;
}

/**
 * Without a mount namespace there is no view, and without a pid namespace the keeper's end does not
 * end every process.
 */
const CORE: readonly Namespace[] = ['mount', 'pid'];
const NO_CAPABILITY = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };

/**
 * Tries the mechanisms. Throws ClsyncError (SANDBOX) when the launcher cannot be run or means such
 * as memory are short.
 */
export function findMechanisms(wanted: Wanted): Mechanisms {
  const { identity } = wanted;
  // Starting a program takes milliseconds, so everything is tried at once, and one by one only if
  // that fails.
  const likely = likelyOf(wanted);
  if (likely !== undefined && attempt(likely.steps) === undefined) return likely.mechanisms;
  const other = otherIds(identity);
  const left = new Map(
    [...knownRestrictions()].filter(([, steps]) => attempt(steps) === undefined),
  );
  const noIds = identity === undefined ? undefined : attempt({ ...allOf(left), ...other });
  const ids = identity !== undefined && noIds === undefined;
  const found = findNamespaces(wanted, { ...allOf(left), ...(ids ? other : {}) }, ids);
  const refused = { ...found.refused, ...(noIds === undefined ? {} : { ids: noIds.words }) };
  return { ...found, ids, ...versionsOf(left), refused };
}

export interface Likely {
  readonly mechanisms: Mechanisms;
  /** The launcher's steps that make use of all of them. */
  readonly steps: Attempt;
}

/** All that the kernel reports to have; undefined: roles cannot get namespaces. */
export function likelyOf(wanted: Wanted): Likely | undefined {
  const { identity, kinds } = wanted;
  const way = likelyWay(identity);
  if (way === 'none') return undefined;
  const restrictions = knownRestrictions();
  const ids = identity !== undefined;
  const mechanisms = { namespaces: way, kinds, ids, ...versionsOf(restrictions), refused: {} };
  const namespaces = inNamespaces(way, kinds, wanted);
  return { mechanisms, steps: { ...allOf(restrictions), ...otherIds(identity), ...namespaces } };
}

function otherIds(identity: Identity | undefined): Attempt {
  return identity === undefined ? {} : { identity, bounding: 0n, capabilities: NO_CAPABILITY };
}

type Restriction = 'seccomp' | 'landlock' | 'memory';

/** A Landlock rule that forbids nothing: every file may be executed as before. */
const HARMLESS: Landlock = {
  files: 1n,
  network: 0n,
  scoped: 0n,
  onFiles: 1n,
  rules: [{ path: fromText('/'), allowed: 1n }],
};

/** The restrictions that the kernel reports to have, each as the launcher's step that makes it. */
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
  // A new user namespace has only the starter's ids, so it is no use when other ids are wanted.
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

/** A user namespace that maps only the starter's ids, each to itself. */
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
 * Errors that say nothing about the mechanism: means are short at the moment, and the next attempt
 * may end differently.
 */
const PASSING: readonly number[] = [
  os.errno.EAGAIN,
  os.errno.ENOMEM,
  os.errno.EMFILE,
  os.errno.ENFILE,
  os.errno.EINTR,
];

/** A program that does nothing, after the steps. */
export function trialOf(steps: Attempt): Specification {
  return {
    descriptors: [1, 2],
    session: true,
    directory: fromText('/'),
    parent: process.pid,
    noNewPrivileges: true,
    program: fromText(FILES.launcher), // without an argument it only prints its usage
    arguments: [fromText('probe')],
    environment: [],
    ...steps,
  };
}

/** Lets the launcher carry out the steps; undefined: all of them succeed. */
function attempt(steps: Attempt): LauncherFailure | undefined {
  const [ours, theirs] = socketpair();
  try {
    writeSync(ours, encodeSpecification(trialOf(steps)));
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

/** The failure of a launcher that reports none: a filter inherited from the starter may kill it. */
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

/** Exit status of a launcher that is started without a descriptor. */
const LAUNCHER_USAGE = 200;

/** Reads until the launcher's exit closes the other end. */
function readAll(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk; (chunk = readSome(descriptor)).length > 0;) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Reads once. Returns an empty buffer at the end, also when the launcher ends with unread input
 * (ECONNRESET).
 */
function readSome(descriptor: number): Buffer {
  const chunk = Buffer.alloc(4096);
  try {
    return chunk.subarray(0, readSync(descriptor, chunk));
  } catch (error) {
    if (codeOf(error) !== 'ECONNRESET') throw error;
    return chunk.subarray(0, 0);
  }
}
