/**
 * The one table that says what each role is: its program, its peers, and what it is confined to.
 */
import { MONITORS } from '../../shared/monitors.js';
import type { CallRule } from '../../shared/seccomp/filter.js';
import { executorStart, watcherSeal, watcherStart } from '../../shared/seccomp/tables.js';
import type { ExecutorChoice } from '../../shared/seccomp/tables.js';
import type { Capability } from './capabilities.js';
import { executorGrants, watcherGrants } from './grants.js';
import type { Grant } from './grants.js';
import type { SandboxSettings } from './settings.js';
import { executorTerms, watcherTerms } from './terms.js';
import type { RoleTerms } from './terms.js';
import { SYSTEM_USERS } from './users.js';

export type SandboxedRole = 'watcher' | 'executor';

/**
 * What a perfect mirror needs of rsync without being uid 0: owners, modes, unreadable files, set-id
 * bits, device nodes.
 */
export const MIRROR_PROFILE: readonly Capability[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'MKNOD',
];

/**
 * What the master needs besides what it hands out: other ids for its roles, namespaces and mounts.
 */
export const MASTER_CAPABILITIES: readonly Capability[] = [
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
];

/** What the master needs for the files it writes and reads again, wherever the user has them. */
export const OWN_FILES: readonly Capability[] = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];

interface RoleRow {
  /** System user whose ids the role takes where it exists. */
  readonly user: string;
  /** Roles it shares a socketpair with, one for each member of that role. */
  readonly peers: readonly SandboxedRole[];
  /** Milliseconds it has to end by itself when its channel is closed; 0: it has nothing to lose. */
  readonly grace: number;
  /** It lives in the control group that limits handlers. */
  readonly inCgroup: boolean;

  /** Every set of the role, bounding and ambient included. */
  readonly capabilities: readonly Capability[];
  /** What it gets where it can have none of those, as in most containers. */
  readonly substitute: Capability | undefined;
  /**
   * Under other ids it needs one of these to reach what the starter, whose tree it is, reaches by
   * his own.
   */
  readonly reaches: readonly Capability[];

  /** Words that its program is given. */
  readonly words: (settings: SandboxSettings) => readonly string[];
  /** How many descriptors the master opens for it. */
  readonly descriptors: (settings: SandboxSettings) => number;
  /** What the options mean for it. */
  readonly terms: (settings: SandboxSettings) => RoleTerms;
  /** What of the file system it may reach. */
  readonly grants: (settings: SandboxSettings) => readonly Grant[];
  /** System calls refused from its start on, and those it gives up besides once it is loaded. */
  readonly filter: (settings: SandboxSettings, choice: ExecutorChoice) => readonly CallRule[];
  readonly seal: (settings: SandboxSettings) => readonly CallRule[];
}

export const ROLES: Readonly<Record<SandboxedRole, RoleRow>> = {
  watcher: {
    user: SYSTEM_USERS.watcher,
    peers: ['executor'],
    grace: 0,
    inCgroup: false,
    capabilities: ['DAC_READ_SEARCH'],
    substitute: 'DAC_OVERRIDE',
    reaches: ['DAC_READ_SEARCH', 'DAC_OVERRIDE'],
    words: ({ monitor }) => [monitor],
    descriptors: ({ monitor }) => MONITORS[monitor].descriptors,
    terms: watcherTerms,
    grants: watcherGrants,
    filter: ({ monitor }) => watcherStart(MONITORS[monitor].calls),
    seal: ({ monitor }) => watcherSeal(MONITORS[monitor].calls),
  },
  executor: {
    user: SYSTEM_USERS.executor,
    peers: ['watcher'],
    grace: 300,
    inCgroup: true,
    capabilities: MIRROR_PROFILE,
    substitute: undefined,
    reaches: ['DAC_OVERRIDE'],
    words: () => [],
    descriptors: () => 0,
    terms: executorTerms,
    grants: executorGrants,
    filter: (_, choice) => executorStart(choice),
    seal: () => [],
  },
};

/** One process of the crew: a watcher, or the executor of one destination. */
export interface Member {
  readonly role: SandboxedRole;
  /** As people read it, `the NAME`; no two have the same. */
  readonly name: string;
}

/**
 * Everyone the master starts, in the order of their start. The executor first: it takes longer, and
 * the kernel lets it wait for its control group.
 */
export const CREW: readonly Member[] = [
  { role: 'executor', name: 'executor' },
  { role: 'watcher', name: 'watcher' },
];

export const ALL_ROLES: readonly SandboxedRole[] = ['watcher', 'executor'];

/** A value for each role. */
export function forEachRole<T>(value: (role: SandboxedRole) => T): Record<SandboxedRole, T> {
  return { watcher: value('watcher'), executor: value('executor') };
}

/** How many socketpairs a member of the role shares with others. */
export function peerCount(role: SandboxedRole): number {
  return CREW.filter((other) => ROLES[role].peers.includes(other.role)).length;
}
