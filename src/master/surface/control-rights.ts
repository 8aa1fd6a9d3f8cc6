/** What a client of the control socket may ask for, by the user that it runs as. */
import type { Options } from '../options/table.js';
import { defined } from '../settings/defined.js';
import { groupId, parseOwner } from '../settings/identity.js';
import { STARTER } from '../starter.js';
import { posix } from '../posix.js';

/** Each may also what those before it may. */
export const TIERS = ['read', 'view', 'steer', 'configure'] as const;
export type Tier = (typeof TIERS)[number];

export interface Rights {
  readonly tier: Tier;
  /**
   * Whether it may name paths: the master reads and writes them with its own rights, so only who
   * has those may.
   */
  readonly paths: boolean;
  /** Places that are left to others with more rights when all seem to be taken. */
  readonly leaves: number;
}

/** Who may connect, besides root and the user who started the daemon. */
export interface ControlAccess {
  readonly uid?: number;
  readonly gid?: number;
  /** Of the group that may look, and no more. */
  readonly view?: number;
  /** Mode bits of the socket; default 0600. */
  readonly mode?: number;
}

/** Throws ClsyncError when there is no such user or group. */
export function accessOf({
  'socket-own': owner,
  'socket-mod': mode,
  'socket-view': viewers,
}: Pick<Options, 'socket-own' | 'socket-mod' | 'socket-view'>): ControlAccess {
  const ids = owner === undefined ? {} : parseOwner(owner, '--socket-own');
  if (viewers === undefined) return { ...ids, ...defined({ mode }) };
  const view = groupId(viewers, '--socket-view');
  return { gid: view, ...ids, view, mode: mode ?? VIEW_MODE };
}

export const DEFAULT_MODE = 0o600;
/** Where a group may look. */
const VIEW_MODE = 0o660;
const OTHERS_MAY = 0o002;

/**
 * The rights of a process; undefined: it may not connect. The kernel has checked the mode of the
 * socket already; this holds if that fails.
 */
export function rightsOf(
  peer: { readonly uid: number; readonly gid: number },
  { uid, gid, view, mode = DEFAULT_MODE }: ControlAccess,
): Rights | undefined {
  if (peer.uid === 0) return { tier: 'configure', paths: true, leaves: 0 };
  if (peer.uid === STARTER.uid)
    return { tier: 'configure', paths: peer.uid === STARTER.euid, leaves: 1 };
  if (peer.uid === uid) return { tier: 'configure', paths: false, leaves: 2 };
  if (view !== undefined && (peer.gid === view || isMember(peer.uid, view)))
    return { tier: 'view', paths: false, leaves: 2 };
  if (gid !== undefined && (peer.gid === gid || isMember(peer.uid, gid)))
    return { tier: 'steer', paths: false, leaves: 2 };
  return (mode & OTHERS_MAY) === 0 ? undefined : { tier: 'read', paths: false, leaves: 2 };
}

export function mayUse(rights: Rights, tier: Tier): boolean {
  return TIERS.indexOf(rights.tier) >= TIERS.indexOf(tier);
}

function isMember(uid: number, gid: number): boolean {
  const { getgrnam, getpwnam } = posix();
  try {
    return getgrnam(gid).members.includes(getpwnam(uid).name);
  } catch {
    return false;
  }
}
