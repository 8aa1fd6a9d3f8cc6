/**
 * The mechanisms of confinement that this system does not offer, a sentence each: for the log, and
 * for --secure-splitting, which refuses to start then.
 */
import { display } from '../../shared/bytes.js';
import type { Namespace } from '../../shared/specification.js';
import { maskOf } from './capabilities.js';
import type { Identities } from './identity.js';
import { hasSockets, isGrantedSockets } from './grants.js';
import { ALL_ROLES, ROLES } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { SCOPES_SINCE, SOCKETS_SINCE, TCP_SINCE, stateInReach } from './landlock.js';
import type { Mechanisms } from './mechanisms.js';
import type { RolePlan } from './decision.js';

export interface Findings {
  readonly mechanisms: Mechanisms;
  /** The kinds of namespaces wanted for roles. */
  readonly kinds: readonly Namespace[];
  readonly identities: Identities;
  readonly watcher: RolePlan;
  /** Why another daemon may choose the same uids; undefined: it may not. */
  readonly unclaimed: string | undefined;
  /** The starter's permitted capabilities. */
  readonly permitted: bigint;
}

export function missingOf({
  mechanisms,
  kinds,
  identities,
  watcher,
  unclaimed,
  permitted,
}: Findings): string[] {
  return [
    ...missingMechanisms(mechanisms, kinds),
    ...missingIds(identities, mechanisms, permitted),
    ...(unclaimed === undefined || ALL_ROLES.every((role) => identities[role] === undefined)
      ? []
      : [`uids are not claimed here (${unclaimed}): another clsync may choose the same ones`]),
    ...missingCapabilities(watcher),
  ];
}

function missingMechanisms(mechanisms: Mechanisms, kinds: readonly Namespace[]): string[] {
  const { namespaces, refused } = mechanisms;
  const lacking = kinds.filter((kind) => !mechanisms.kinds.includes(kind));
  return [
    ...(namespaces === 'none'
      ? [
          `no namespaces here${why(refused.namespaces)}: roles see the whole file system and ` +
            'all processes',
        ]
      : []),
    ...(namespaces !== 'none' && lacking.length > 0
      ? [`no namespaces of the kinds ${lacking.join(', ')} here: of these roles have the host's`]
      : []),
    ...(mechanisms.landlock === 0
      ? ['no Landlock in this kernel: only namespaces and ids keep roles from files']
      : partialLandlock(mechanisms.landlock)),
    ...(mechanisms.seccomp ? [] : ['no filter of system calls for this kernel or architecture']),
    ...(mechanisms.memory
      ? []
      : [
          'no PR_SET_MDWE in this kernel (before 6.3): only the filter of system calls keeps ' +
            'programs from executing what they write',
        ]),
  ];
}

/**
 * Names the roles that keep the starter's ids, but only to a starter with the privilege of root: no
 * other one expects roles with other ids.
 */
function missingIds(identities: Identities, { refused }: Mechanisms, permitted: bigint): string[] {
  const privileged = process.geteuid?.() === 0 || (permitted & maskOf(['SETUID'])) !== 0n;
  const keeping = ALL_ROLES.filter((role) => identities[role] === undefined);
  if (!privileged || keeping.length === 0) return [];
  if (keeping.length === ALL_ROLES.length || refused.ids !== undefined)
    return [
      `no ids of their own for the roles here${why(refused.ids)}: they have those of the starter`,
    ];
  return keeping.map(
    (role) =>
      `no ${ROLES[role].reaches.join(' or ')} here: the ${role} has the ids of the starter, ` +
      'since others could not reach what he can',
  );
}

function missingCapabilities({ capabilities }: RolePlan): string[] {
  const writes = (capabilities.permitted & maskOf(['DAC_OVERRIDE'])) !== 0n;
  return writes
    ? [
        'no DAC_READ_SEARCH here: the watcher has DAC_OVERRIDE in its place, and only its ' +
          'view, Landlock and filter keep it from writing',
      ]
    : [];
}

function why(refusal: string | undefined): string {
  return refusal === undefined ? '' : ` (${refusal})`;
}

function partialLandlock(version: number): string[] {
  if (version >= SCOPES_SINCE) return [];
  return [
    `Landlock is of version ${version} here: ${version < TCP_SINCE ? 'TCP, ' : ''}signals ` +
      'and abstract sockets are held by namespaces alone',
  ];
}

/** @param isViewed the executor has a view of its own, with a temporary directory of its own */
export function missingForState(settings: SandboxSettings, isViewed: boolean): string[] {
  const place = isViewed || settings.compat ? undefined : stateInReach(settings);
  return place === undefined
    ? []
    : [
        `--state-dir lies in ${display(place)}, which handlers share with the host here: name ` +
          'another place for it, or one for the lists (--lists-dir)',
      ];
}

/** What ssh uses is told only to who asks for every mechanism: it is nothing that a user grants. */
export function missingForSockets(settings: SandboxSettings, { landlock }: Mechanisms): string[] {
  const counts = settings.secureSplitting ? hasSockets(settings) : isGrantedSockets(settings);
  return settings.compat || !counts || landlock >= SOCKETS_SINCE
    ? []
    : [
        'no Landlock for Unix sockets in this kernel (before 7.1): handlers that may use one ' +
          'reach all in the directories they see',
      ];
}
