/** The decisions for each role before anything starts, as plain data. */
import { MONITORS } from '../../shared/monitors.js';
import type { Filter } from '../../shared/seccomp/filter.js';
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
import type { Cgroup } from './cgroup-terms.js';
import type { FileCopies } from './copies.js';
import { crewOf } from './roles.js';
import type { Member, SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** The confinement of one role. */
export interface RolePlan {
  /** The role's ids; undefined: the starter's. */
  readonly identity: Identity | undefined;
  readonly capabilities: CapabilitySets;
  /** The bounding set; undefined: this process cannot change it. */
  readonly bounding: bigint | undefined;
  readonly namespaces?: Namespaces;
  readonly keeper: Keeper;
  readonly view?: View;
  readonly landlock?: Landlock;
  readonly seccomp?: Filter;
  /**
   * Whether written memory may become executable. Without it Node interprets JavaScript, so what
   * runs often is written in C.
   */
  readonly writtenCode: WrittenCode;
  /** The kernel knows PR_SET_MDWE. */
  readonly noWrittenCode: boolean;
  readonly limits: readonly ResourceLimit[];
}

/**
 * The part of the handlers' confinement that is decided at start. `spared` is known only once the
 * processes run.
 */
export type HandlerPlan = Omit<HandlerConfinement, 'spared' | 'first'>;

/** The decisions for the executor of one destination. */
export interface ExecutorDecision {
  readonly settings: SandboxSettings;
  readonly executor: RolePlan;
  readonly handlers: HandlerPlan;
  /**
   * The copies of system files in the executor's view; undefined: it shows the files themselves.
   */
  readonly copies: FileCopies | undefined;
}

/**
 * The decisions for all members, made once: a restarted role gets the same uid again. Those of the
 * first executor are its own.
 */
export interface Decision extends ExecutorDecision {
  readonly watcher: RolePlan;
  /** Of the destinations after the first. */
  readonly others: readonly ExecutorDecision[];
  /** The master's ids once the roles run; undefined: the starter's. */
  readonly master: Identity | undefined;
  /** The files that the master may open once the roles run; undefined: there is no Landlock. */
  readonly masterFiles: Landlock | undefined;
  /** Whether the kernel has filters of system calls. */
  readonly filters: boolean;
  /** Mechanisms that this system does not offer, as sentences. */
  readonly missing: readonly string[];
  /** Mechanisms that the system offers but that would harm the mirror, as sentences. */
  readonly forgone: readonly string[];
}

export interface SandboxPlan extends Decision {
  /** The executor's control group. */
  readonly cgroup?: Cgroup;
}

/** What the executor of one destination is started with. */
export interface ExecutorSandbox extends ExecutorDecision {
  /** The descriptors of `--state-dir`, which become the executor's; none without it. */
  readonly state: readonly number[];
}

export interface Sandbox extends SandboxPlan, ExecutorSandbox {
  /** The descriptors that become each role's stdout and stderr. */
  readonly outputs: Readonly<Record<SandboxedRole, readonly number[]>>;
  readonly others: readonly ExecutorSandbox[];
}

/** All members, in the order of their start. */
export function membersOf({ others }: Decision): readonly Member[] {
  return crewOf(1 + others.length);
}

/** The executors' decisions, in the order of the destinations. */
export function executorsOf(sandbox: Sandbox): readonly ExecutorSandbox[];
export function executorsOf(decision: Decision): readonly ExecutorDecision[];
export function executorsOf(decision: Decision): readonly ExecutorDecision[] {
  return [decision, ...decision.others];
}

/**
 * Whether any process that the monitor starts keeps the network; undefined: handlers without
 * confinement may need it.
 */
export function needsNetwork(decision: Decision): boolean | undefined {
  return decision.settings.compat
    ? undefined
    : executorsOf(decision).some(
        ({ executor }) => executor.namespaces?.kinds.includes('network') !== true,
      );
}

/** Whether the launcher marks a file system for the watcher. */
export function marksFor({ settings }: Decision): boolean {
  return MONITORS[settings.monitor].mark !== undefined;
}
