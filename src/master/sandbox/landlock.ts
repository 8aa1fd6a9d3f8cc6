/**
 * Landlock rules, made from the same grants as the view; they hold even if the view fails. See
 * landlock(7).
 */
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { LANDLOCK_SCOPE } from '../../shared/specification.js';
import type { Landlock } from '../../shared/specification.js';
import { executablesOf } from './executables.js';
import { masterGrants } from './master-grants.js';
import type { Access } from './grants.js';
import { privatePlaces } from './private-places.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { systemDirectories } from './system-files.js';

/** LANDLOCK_ACCESS_FS_*: name, bit, and the first version of the interface that has it. */
const FILE_RIGHTS = {
  execute: [0, 1],
  writeFile: [1, 1],
  readFile: [2, 1],
  readDirectory: [3, 1],
  removeDirectory: [4, 1],
  removeFile: [5, 1],
  makeCharacter: [6, 1],
  makeDirectory: [7, 1],
  makeRegular: [8, 1],
  makeSocket: [9, 1],
  makeFifo: [10, 1],
  makeBlock: [11, 1],
  makeSymlink: [12, 1],
  refer: [13, 2],
  truncate: [14, 3],
  deviceIoctl: [15, 5],
  resolveUnix: [16, 9],
} as const;
type FileRight = keyof typeof FILE_RIGHTS;

/** Not to connect to sockets, which a grant says for itself. */
const ALL = (Object.keys(FILE_RIGHTS) as FileRight[]).filter((right) => right !== 'resolveUnix');
const READ: readonly FileRight[] = ['readFile', 'readDirectory'];
const RIGHTS: Readonly<Record<Access, readonly FileRight[]>> = {
  list: ['readDirectory'],
  read: READ,
  execute: [...READ, 'execute'],
  write: ALL.filter((right) => right !== 'execute'),
  all: ALL,
};
const ON_FILES: readonly FileRight[] = [
  'execute',
  'writeFile',
  'readFile',
  'truncate',
  'deviceIoctl',
  'resolveUnix',
];
/** Before it, who may make sockets may connect to all that are seen. */
export const SOCKETS_SINCE = FILE_RIGHTS.resolveUnix[1];

export const TCP_SINCE = 4;
const BIND_TCP = 1n;
const CONNECT_TCP = 2n;
/** The version of the interface that has LANDLOCK_SCOPE. */
export const SCOPES_SINCE = 6;

export interface LandlockChoice {
  readonly version: number;
  /** Whether the role keeps a network to connect to. */
  readonly network: boolean;
  /** The role has no view, and so no copies of system files. */
  readonly bare: boolean;
  /** The role has a view of its own, so that its private places are not the host's. */
  readonly ownView: boolean;
}

/** The rights as a mask, as far as this version of the interface has them. */
function maskIn(version: number): (rights: readonly FileRight[]) => bigint {
  return (rights) =>
    rights.reduce(
      (all, right) =>
        FILE_RIGHTS[right][1] <= version ? all | (1n << BigInt(FILE_RIGHTS[right][0])) : all,
      0n,
    );
}

/** What a dump takes, for which a client of the C program's protocol may name any path. */
const DUMPING: readonly FileRight[] = [
  'writeFile',
  'makeDirectory',
  'makeRegular',
  'removeFile',
  'removeDirectory',
];
const OF_MASTER: readonly FileRight[] = ALL.filter((right) => !DUMPING.includes(right));

/**
 * Those of the master, which reads little and executes nothing. Where it may make and remove files
 * and directories, its ids say, for dumps; it truncates none, and makes neither links nor sockets
 * nor devices. It connects to the sockets of the system's services, so that its scope is the
 * host's.
 */
export function masterRules(version: number): Landlock {
  const mask = maskIn(version);
  return {
    files: mask(OF_MASTER),
    network: version < TCP_SINCE ? 0n : BIND_TCP | CONNECT_TCP,
    scoped: 0n,
    onFiles: mask(ON_FILES.filter((right) => OF_MASTER.includes(right))),
    rules: masterGrants().map(({ path, access }) => ({ path, allowed: mask(RIGHTS[access]) })),
  };
}

/** Its temporary directories; none where it sees those of the host, read-only. */
function placesFor(role: SandboxedRole, settings: SandboxSettings): BytePath[] {
  const { terms, grants } = ROLES[role];
  const isHosts = terms(settings).view === 'host' || settings.watchDirectory === '/';
  return isHosts ? [] : privatePlaces(settings, grants(settings));
}

function holdsState({ stateDirectory }: SandboxSettings, place: BytePath): boolean {
  return stateDirectory !== undefined && isWithin(stateDirectory, place);
}

/** Whether the executor writes lists for handlers into a temporary directory. */
function makesLists({ executes, listsDirectory }: SandboxSettings): boolean {
  return executes && listsDirectory === undefined;
}

/** The temporary directory in which handlers reach the state, where there is no view to hide it. */
export function stateInReach(settings: SandboxSettings): BytePath | undefined {
  if (!makesLists(settings)) return undefined;
  return placesFor('executor', settings).find((place) => holdsState(settings, place));
}

export function landlockRules(
  role: SandboxedRole,
  settings: SandboxSettings,
  { version, network, bare, ownView }: LandlockChoice,
): Landlock {
  const mask = maskIn(version);
  const { fixedExecutables: fixed, ...terms } = ROLES[role].terms(settings);
  const rights: typeof RIGHTS = fixed ? { ...RIGHTS, execute: READ, all: RIGHTS.write } : RIGHTS;
  const grants = ROLES[role].grants(settings);
  const rules = grants.map(({ path, access, sockets }) => ({
    path,
    allowed: mask([...rights[access], ...(sockets ? (['resolveUnix'] as const) : [])]),
  }));
  for (const path of fixed ? executablesOf(settings) : [])
    rules.push({ path, allowed: mask(RIGHTS.execute) });
  rules.push({ path: fromText('/proc'), allowed: mask(READ) });
  if (terms.chroot !== undefined) {
    rules.push({
      path: fromText('/'),
      allowed: mask(terms.rootReadOnly ? rights.execute : [...rights.execute, ...rights.write]),
    });
  } else if (terms.view === 'host')
    rules.push({ path: fromText('/'), allowed: mask(rights.execute) });
  if (terms.ownPlaces) {
    const places = placesFor(role, settings);
    // Landlock cannot take away a part of a directory that it lets a process write in.
    const isNeeded = ownView || makesLists(settings);
    for (const path of places.filter((place) => isNeeded || !holdsState(settings, place)))
      rules.push({ path, allowed: mask(RIGHTS.write) });
    // A rule applies to the file that exists now, not to one renamed over it later, so the
    // directories get the rule.
    for (const path of bare ? systemDirectories() : []) rules.push({ path, allowed: mask(READ) });
  }
  return {
    files: mask(Object.keys(FILE_RIGHTS) as FileRight[]),
    // No role listens; a role without network does not connect either.
    network: version < TCP_SINCE ? 0n : network ? BIND_TCP : BIND_TCP | CONNECT_TCP,
    scoped:
      version < SCOPES_SINCE
        ? 0n
        : terms.hostNumbers
          ? LANDLOCK_SCOPE.sockets
          : LANDLOCK_SCOPE.sockets | LANDLOCK_SCOPE.signals,
    onFiles: mask(ON_FILES),
    rules,
  };
}
