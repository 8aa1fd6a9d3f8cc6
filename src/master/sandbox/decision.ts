/** What is decided for each role before anything starts: plain data, and the words for it. */
import type { CallRule } from '../../shared/seccomp/filter.js';
import type { HandlerConfinement } from '../../shared/settings.js';
import type {
  CapabilitySets,
  Identity,
  Keeper,
  Landlock,
  Namespaces,
  ResourceLimit,
  View,
} from '../../shared/specification.js';
import type { WrittenCode } from '../../shared/written-code.js';
import type { Cgroup } from './cgroup.js';
import type { FileCopies } from './copies.js';
import type { SandboxSettings } from './settings.js';

/** What one role gets. */
export interface RolePlan {
  /** undefined: the starter's. */
  readonly identity: Identity | undefined;
  readonly capabilities: CapabilitySets;
  /** undefined: not ours to change. */
  readonly bounding: bigint | undefined;
  readonly namespaces?: Namespaces;
  readonly keeper: Keeper;
  readonly view?: View;
  readonly landlock?: Landlock;
  readonly seccomp?: readonly CallRule[];
  /**
   * Memory that was written may become executable; where it may not, Node interprets, and what it
   * does often is written in C.
   */
  readonly writtenCode: WrittenCode;
  /** The kernel knows PR_SET_MDWE. */
  readonly noWrittenCode: boolean;
  readonly limits: readonly ResourceLimit[];
}

/** What is decided at start; which processes are spared is known when they run. */
export type HandlerPlan = Omit<HandlerConfinement, 'spared'>;

/** Both roles, decided once: a restarted role gets the same uid again. */
export interface Decision {
  readonly settings: SandboxSettings;
  readonly watcher: RolePlan;
  readonly executor: RolePlan;
  readonly handlers: HandlerPlan;
  /** What the executor's view shows of the system's files; undefined: the files themselves. */
  readonly copies: FileCopies | undefined;
  /** What this system does not offer, in words. */
  readonly missing: readonly string[];
  /** What it offers, but the mirror would suffer from, in words. */
  readonly forgone: readonly string[];
}

export interface Sandbox extends Decision {
  /** Of the executor. */
  readonly cgroup?: Cgroup;
  /** What becomes 1 and 2 of the roles; undefined: the master's own. */
  readonly output?: number;
}

/**
 * Whether anything that the master starts keeps the network; undefined: handlers that are not
 * confined may want any.
 */
export function needsNetwork({ settings, executor }: Decision): boolean | undefined {
  return settings.compat ? undefined : executor.namespaces?.kinds.includes('network') !== true;
}
