/** Chooses the uid and gid of each role. */
import { createHash } from 'node:crypto';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Identity } from '../../shared/specification.js';
import { uidHasProcesses } from '../native.js';
import { posix } from '../posix.js';
import { holdsSoon } from '../sleep.js';
import { maskOf, ownCapabilities } from './capabilities.js';
import { claim, release } from './claim.js';
import { forEachRole, ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** systemd's range of dynamic users, of which each role takes an unused uid. */
export const DYNAMIC_UIDS = { first: 61184, last: 65519 } as const;

/**
 * The ids of each role; undefined: the role keeps the starter's ids, because the starter cannot
 * change them.
 */
export type Identities = Readonly<Record<SandboxedRole, Identity | undefined>>;

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Why the uids that are chosen could not be claimed; undefined: they are, or none is chosen. */
let refusal: string | undefined;

/** Why another daemon of this host may choose the same uids; undefined: it may not. */
export function unclaimed(): string | undefined {
  return refusal;
}

/**
 * `claimed`: unused ids are claimed for this daemon. `first`: the ids that it takes unless others
 * have them, to show them.
 */
export type Choice = 'claimed' | 'first';

/**
 * The ids that each role takes if the kernel allows it. Throws ClsyncError (UID_CHANGE) when the
 * options ask for ids that this process cannot give.
 */
export function chooseIdentities(
  settings: SandboxSettings,
  choice: Choice = 'claimed',
): Identities {
  if (!mayChangeIds()) return startersIds(settings);
  const taken = new Set<number>();
  const choose = (role: SandboxedRole): Identity => {
    const terms = ROLES[role].terms(settings);
    const ids = idsOf(role, settings, (start) => unusedIds(start, taken, choice));
    taken.add(ids.uid);
    return { uid: ids.uid, gid: terms.gid ?? ids.gid, groups: [] };
  };
  const executor = choose('executor');
  return capable({ executor, watcher: choose('watcher') }, settings);
}

/** Ids for the executor of a further destination. @param taken those of others */
export function chooseFurther(
  settings: SandboxSettings,
  taken: readonly (Identity | undefined)[],
  choice: Choice = 'claimed',
): Identity | undefined {
  if (!mayChangeIds()) return startersIds(settings).executor;
  const ids = idsOf('executor', settings, (start) => unusedIds(start, uidsOf(taken), choice));
  const { gid } = ROLES.executor.terms(settings);
  return capableOf('executor', { uid: ids.uid, gid: gid ?? ids.gid, groups: [] }, settings);
}

function uidsOf(identities: readonly (Identity | undefined)[]): Set<number> {
  return new Set(identities.flatMap((ids) => (ids === undefined ? [] : [ids.uid])));
}

/**
 * Ids for the master itself; undefined: it keeps the starter's, as it cannot change them.
 * @param others those of all members
 */
export function chooseMaster(
  settings: SandboxSettings,
  others: readonly (Identity | undefined)[],
  choice: Choice = 'claimed',
): Identity | undefined {
  if (!mayChangeIds() || process.geteuid?.() !== 0) return undefined;
  const taken = uidsOf(others);
  return { ...unusedIds(firstChoice('master', settings), taken, choice), groups: [] };
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
  return forEachRole((role) => capableOf(role, identities[role], settings));
}

function capableOf(
  role: SandboxedRole,
  identity: Identity | undefined,
  settings: SandboxSettings,
): Identity | undefined {
  const { permitted } = ownCapabilities();
  const { uid, gid, compat, capabilities } = ROLES[role].terms(settings);
  const isChosen = uid !== undefined || gid !== undefined || compat || capabilities !== undefined;
  return isChosen || (permitted & maskOf(ROLES[role].reaches)) !== 0n ? identity : undefined;
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
  settings: SandboxSettings,
  unused: (start: number) => Ids,
): Ids {
  const { uid: wanted, compat, startersIds: areStarters } = ROLES[role].terms(settings);
  const starter = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (compat) return { ...starter, uid: wanted ?? starter.uid };
  if (wanted !== undefined) return { uid: wanted, gid: userOf(wanted)?.gid ?? wanted };
  if (areStarters) return starter;
  return unused(firstChoice(role, settings));
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
 * The uid that a role takes unless it is in use: the same at each start, as files that handlers
 * make belong to it, and another one for each pair of directories.
 */
function firstChoice(
  role: SandboxedRole | 'master',
  { watchDirectory, destination }: Pick<SandboxSettings, 'watchDirectory' | 'destination'>,
): number {
  const { first, last } = DYNAMIC_UIDS;
  const hash = createHash('sha256').update(role);
  for (const path of [watchDirectory, destination ?? ''])
    hash.update('\0').update(toBuffer(path as BytePath));
  return first + (hash.digest().readUInt32LE() % (last - first + 1));
}

/** Milliseconds for which a uid is waited for whose daemon was killed. */
const PATIENCE = 2000;

/**
 * The first unused uid from `start` on, claimed: it has no entry in the password database and no
 * process, and no other daemon of this host has it. The gid is the same number.
 */
function unusedIds(start: number, taken: ReadonlySet<number>, choice: Choice): Ids {
  const { first, last } = DYNAMIC_UIDS;
  for (let step = 0; step <= last - first; step++) {
    const uid = first + ((start - first + step) % (last - first + 1));
    if (taken.has(uid)) continue;
    if (choice === 'first') return { uid, gid: uid };
    const claimed = claimOf(uid);
    if (claimed === undefined) continue;
    const patience = claimed === 'left' && uid === start ? PATIENCE : 0;
    if (userOf(uid) === undefined && !groupExists(uid) && hasNoProcesses(uid, patience))
      return { uid, gid: uid };
    release(uid);
  }
  throw new ClsyncError('NO_UID', `${first}-${last}`);
}

function claimOf(uid: number): ReturnType<typeof claim> {
  try {
    return claim(uid);
  } catch (error) {
    refusal = (error as Error).message;
    return 'new';
  }
}

/** @param patience milliseconds for the last ones to end */
function hasNoProcesses(uid: number, patience: number): boolean {
  return holdsSoon(() => !uidHasProcesses(uid), { all: patience, one: 10 });
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
