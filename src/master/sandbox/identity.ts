/** Chooses the uid and gid of each role. */
import { randomInt } from 'node:crypto';
import { ClsyncError } from '../../shared/errors.js';
import type { Identity } from '../../shared/specification.js';
import { uidHasProcesses } from '../native.js';
import { posix } from '../posix.js';
import { maskOf, ownCapabilities } from './capabilities.js';
import { forEachRole, ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import type { RoleTerms } from './terms.js';
import { DYNAMIC_UIDS } from './users.js';

/**
 * The ids of each role; undefined: the role keeps the starter's ids, because the starter cannot
 * change them.
 */
export type Identities = Readonly<Record<SandboxedRole, Identity | undefined>>;

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The ids that each role takes if the kernel allows it. Throws ClsyncError (UID_CHANGE) when the
 * options ask for ids that this process cannot give.
 */
export function chooseIdentities(settings: SandboxSettings): Identities {
  if (!mayChangeIds()) return startersIds(settings);
  const taken = new Set<number>();
  const choose = (role: SandboxedRole): Identity => {
    const terms = ROLES[role].terms(settings);
    const ids = idsOf(role, terms, taken);
    taken.add(ids.uid);
    return { uid: ids.uid, gid: terms.gid ?? ids.gid, groups: [] };
  };
  const executor = choose('executor');
  return capable({ executor, watcher: choose('watcher') }, settings);
}

/**
 * Lets every role keep the starter's ids. Throws ClsyncError (UID_CHANGE) when the options ask for
 * others.
 */
export function startersIds(settings: SandboxSettings): Identities {
  return forEachRole((role) => {
    const { uid, gid } = ROLES[role].terms(settings);
    refuseOther(role, uid, gid);
    return undefined;
  });
}

/**
 * Lets a role keep the starter's ids when the capabilities are missing that it needs to reach the
 * tree under other ids. Ids chosen by the user stay.
 */
function capable(identities: Identities, settings: SandboxSettings): Identities {
  const { permitted } = ownCapabilities();
  return forEachRole((role) => {
    const { uid, gid, compat, capabilities } = ROLES[role].terms(settings);
    const isChosen = uid !== undefined || gid !== undefined || compat || capabilities !== undefined;
    return isChosen || (permitted & maskOf(ROLES[role].reaches)) !== 0n
      ? identities[role]
      : undefined;
  });
}

function mayChangeIds(): boolean {
  const needed = maskOf(['SETUID', 'SETGID', 'SETPCAP']);
  return (ownCapabilities().permitted & needed) === needed;
}

function refuseOther(role: SandboxedRole, uid: number | undefined, gid: number | undefined): void {
  const own = { uid: process.getuid?.(), gid: process.getgid?.() };
  if (uid !== undefined && uid !== own.uid) throw new ClsyncError('UID_CHANGE', role, `uid ${uid}`);
  if (gid !== undefined && gid !== own.gid) throw new ClsyncError('UID_CHANGE', role, `gid ${gid}`);
}

function idsOf(
  role: SandboxedRole,
  { uid: wanted, compat, startersIds: areStarters }: RoleTerms,
  taken: ReadonlySet<number>,
): Ids {
  const starter = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (compat) return { ...starter, uid: wanted ?? starter.uid };
  if (wanted !== undefined) return { uid: wanted, gid: userOf(wanted)?.gid ?? wanted };
  if (areStarters) return starter;
  return userOf(ROLES[role].user) ?? unusedIds(taken);
}

function userOf(user: string | number): Ids | undefined {
  const { getpwnam } = posix();
  try {
    const { uid, gid } = getpwnam(user);
    return { uid, gid };
  } catch {
    return undefined; // getpwnam throws when the user does not exist
  }
}

/**
 * An unused uid: it has no entry in the password database and no process, so no other program
 * shares it. The gid is the same number. The search starts at a random number, so that daemons
 * started together do not choose the same one.
 */
function unusedIds(taken: ReadonlySet<number>): Ids {
  const { first, last } = DYNAMIC_UIDS;
  const start = randomInt(first, last + 1);
  for (let step = 0; step <= last - first; step++) {
    const uid = first + ((start - first + step) % (last - first + 1));
    if (!taken.has(uid) && !uidHasProcesses(uid) && userOf(uid) === undefined && !groupExists(uid))
      return { uid, gid: uid };
  }
  throw new ClsyncError('NO_UID', `${first}-${last}`);
}

function groupExists(gid: number): boolean {
  const { getgrnam } = posix();
  try {
    getgrnam(gid);
    return true;
  } catch {
    return false;
  }
}
