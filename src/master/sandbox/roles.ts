/** The one table that says what each role is confined to. */
import type { Capability } from './capabilities.js';

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

interface RoleRow {
  /** System user whose ids the role takes where it exists (systemd/clsync.sysusers). */
  readonly user: string;
  /** Every set of the role, bounding and ambient included. */
  readonly capabilities: readonly Capability[];
  /** Roles it shares a socketpair with, one for each member of that role. */
  readonly peers: readonly SandboxedRole[];
  /** Milliseconds it has to end by itself when its channel is closed; 0: it has nothing to lose. */
  readonly grace: number;
}

export const ROLES: Readonly<Record<SandboxedRole, RoleRow>> = {
  watcher: {
    user: 'clsync-watcher',
    capabilities: ['DAC_READ_SEARCH'],
    peers: ['executor'],
    grace: 0,
  },
  executor: {
    user: 'clsync-handler',
    capabilities: MIRROR_PROFILE,
    peers: ['watcher'],
    grace: 300,
  },
};

/** How many socketpairs a member of the role shares with others. */
export function peerCount(role: SandboxedRole): number {
  return CREW.filter((other) => ROLES[role].peers.includes(other.role)).length;
}

/**
 * systemd's range of dynamic users (61184-65519), from which a role without a system user takes an
 * unused uid.
 */
export const DYNAMIC_UIDS = { first: 61184, last: 65519 } as const;
