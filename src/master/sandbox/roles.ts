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

interface RoleRow {
  /** System user whose ids the role takes where it exists (systemd/clsync.sysusers). */
  readonly user: string;
  /** Every set of the role, bounding and ambient included. */
  readonly capabilities: readonly Capability[];
}

export const ROLES: Readonly<Record<SandboxedRole, RoleRow>> = {
  watcher: { user: 'clsync-watcher', capabilities: ['DAC_READ_SEARCH'] },
  executor: { user: 'clsync-handler', capabilities: MIRROR_PROFILE },
};

/**
 * systemd's range of dynamic users (61184-65519), from which a role without a system user takes an
 * unused uid.
 */
export const DYNAMIC_UIDS = { first: 61184, last: 65519 } as const;
