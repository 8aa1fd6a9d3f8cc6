/** Which uid and gid each role takes. */
import { randomInt } from 'node:crypto';
import { ClsyncError } from '../../shared/errors.js';
import type { Identity } from '../../shared/specification.js';
import { uidHasProcesses } from '../native.js';
import { posix } from '../posix.js';
import { maskOf, ownCapabilities } from './capabilities.js';
import type { Capability } from './capabilities.js';
import { DYNAMIC_UIDS, ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { showsPasswd } from './system-files.js';

/** undefined: the role keeps the ids of the starter, who may not change them. */
export type Identities = Readonly<Record<SandboxedRole, Identity | undefined>>;

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The ids each role takes where the kernel lets it. Throws ClsyncError (UID_CHANGE) when the
 * options ask for ids that this process may not give.
 */
export function chooseIdentities(settings: SandboxSettings): Identities {
  if (!mayChangeIds()) return startersIds(settings);
  const { uid: wantedUid, gid: wantedGid } = wantedIds(settings);
  const taken = new Set<number>();
  const choose = (role: SandboxedRole): Identity => {
    const ids = idsOf(role, wantedUid[role], settings, taken);
    taken.add(ids.uid);
    return { uid: ids.uid, gid: wantedGid[role] ?? ids.gid, groups: [] };
  };
  const executor = choose('executor');
  return capable({ executor, watcher: choose('watcher') }, settings);
}

/**
 * Every role keeps the ids of the starter. Throws ClsyncError (UID_CHANGE) when the options ask for
 * others.
 */
export function startersIds(settings: SandboxSettings): Identities {
  const { uid, gid } = wantedIds(settings);
  for (const role of ['watcher', 'executor'] as const) refuseOther(role, uid[role], gid[role]);
  return { watcher: undefined, executor: undefined };
}

/**
 * Of these a role needs one under other ids, to reach what the starter, whose tree it is, reaches
 * by his own.
 */
export const MAKES_UP_FOR_IDS: Readonly<Record<SandboxedRole, readonly Capability[]>> = {
  watcher: ['DAC_READ_SEARCH', 'DAC_OVERRIDE'],
  executor: ['DAC_OVERRIDE'],
};

/** Where the capability is not there a role keeps the starter's ids, unless the user chose. */
function capable(identities: Identities, settings: SandboxSettings): Identities {
  const { permitted } = ownCapabilities();
  const { uid, gid } = wantedIds(settings);
  const isChosen = (role: SandboxedRole): boolean =>
    uid[role] !== undefined ||
    gid[role] !== undefined ||
    (role === 'executor' && (settings.compat || settings.handlerCapabilities !== undefined));
  const keep = (role: SandboxedRole): Identity | undefined =>
    (permitted & maskOf(MAKES_UP_FOR_IDS[role])) !== 0n || isChosen(role)
      ? identities[role]
      : undefined;
  return { watcher: keep('watcher'), executor: keep('executor') };
}

function wantedIds(
  settings: SandboxSettings,
): Readonly<Record<'uid' | 'gid', Readonly<Record<SandboxedRole, number | undefined>>>> {
  const { compat, privilegedUid, privilegedGid, handlerUid, handlerGid, uid, gid } = settings;
  // In the C program handlers are started by the privileged process, and --uid is that of the other
  // one, which is no more.
  return {
    uid: {
      watcher: compat ? undefined : privilegedUid,
      executor: handlerUid ?? (compat ? privilegedUid : uid),
    },
    gid: {
      watcher: compat ? undefined : privilegedGid,
      executor: handlerGid ?? (compat ? privilegedGid : gid),
    },
  };
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
  wanted: number | undefined,
  settings: SandboxSettings,
  taken: ReadonlySet<number>,
): Ids {
  if (role === 'executor' && settings.compat)
    return { uid: wanted ?? process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (wanted !== undefined) return { uid: wanted, gid: userOf(wanted)?.gid ?? wanted };
  // ssh works for users only that the password database knows, and where that is shown as it is
  // there is none but the starter whose keys it finds.
  if (role === 'executor' && settings.remoteDestination && showsPasswd(settings))
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return userOf(ROLES[role].user) ?? unusedIds(taken);
}

function userOf(user: string | number): Ids | undefined {
  const { getpwnam } = posix();
  try {
    const { uid, gid } = getpwnam(user);
    return { uid, gid };
  } catch {
    return undefined; // getpwnam throws for a user that does not exist
  }
}

/**
 * A uid with neither an entry nor a process, so that no other program shares it; the gid is the
 * same number. Looked for from a random place, so that daemons that start together do not find the
 * same.
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
