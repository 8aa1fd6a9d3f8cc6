/** Which of the kernel's mechanisms can be had here, found out by trying them. */
import { spawnSync } from 'node:child_process';
import { fromText } from '../../shared/bytes.js';
import { FILES } from '../../shared/layout.js';
import { native } from '../../shared/native.js';
import { compileFilter, supportsFilters } from '../../shared/seccomp/filter.js';
import { encodeSpecification } from '../../shared/specification-wire.js';
import type { Namespaces, Specification } from '../../shared/specification.js';

export interface Mechanisms {
  /** How a role gets namespaces: with the starter's privilege, by a user namespace, or not at all. */
  readonly namespaces: 'privileged' | 'user' | 'none';
  /** Version of Landlock's interface; 0: none. */
  readonly landlock: number;
  /** Filters of system calls: the kernel has them, and there is a table for this architecture. */
  readonly seccomp: boolean;
  /** PR_SET_MDWE. */
  readonly memory: boolean;
}

export function findMechanisms(): Mechanisms {
  const others = { landlock: native.landlockVersion(), memory: native.canDenyExecutableMemory() };
  const filter = supportsFilters() ? { seccomp: compileFilter([]) } : {};
  // A program takes milliseconds to start, so all is tried at once, and apart only where that fails.
  const namespaces = findNamespaces(filter);
  if (namespaces !== 'none') return { ...others, namespaces, seccomp: supportsFilters() };
  const seccomp = supportsFilters() && launcherManages(filter);
  return { ...others, namespaces: seccomp ? 'none' : findNamespaces({}), seccomp };
}

function findNamespaces(steps: Partial<Specification>): Mechanisms['namespaces'] {
  return namespacesWork({ kinds: ['mount', 'pid'] }, steps) ? 'privileged' : namespacesWork(ownUserNamespace(), steps) ? 'user' : 'none';
}

/** One in which the starter's ids, and only they, are themselves. */
export function ownUserNamespace(): Namespaces {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { kinds: ['user', 'mount', 'pid'], uidMap: `${uid} ${uid} 1`, gidMap: `${gid} ${gid} 1` };
}

/** The launcher makes them and mounts /proc, which some containers forbid even where they allow the namespaces. */
function namespacesWork(namespaces: Namespaces, steps: Partial<Specification>): boolean {
  return launcherManages({
    ...steps,
    namespaces,
    keeper: 'namespace',
    view: { freshRoot: false, rows: [{ kind: 'proc', target: fromText('/proc'), options: 'hidepid=invisible' }] },
  });
}

function launcherManages(steps: Partial<Specification>): boolean {
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
  const { status } = spawnSync(FILES.launcher, ['0'], { input: encodeSpecification({ ...nothing, ...steps }), stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  return status === LAUNCHER_USAGE;
}

/** Exit status of a launcher that was given no descriptor. */
const LAUNCHER_USAGE = 200;
