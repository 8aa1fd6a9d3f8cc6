/** Decides the capabilities and limits of a role, as far as this process can give them. */
import { ClsyncError } from '../../shared/errors.js';
import type { Mirrored } from '../../shared/seccomp/special.js';
import type { Identity, Namespaces, ResourceLimit } from '../../shared/specification.js';
import { posix } from '../posix.js';
import { maskOf, namesOf } from './capabilities.js';
import type { Capability, CapabilityMasks } from './capabilities.js';
import { PROCESSES } from './cgroup.js';
import type { RolePlan } from './decision.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** Numbers of <sys/resource.h>. */
const RLIMIT_CORE = 4;
const RLIMIT_NPROC = 6;

/**
 * The capabilities of the role's profile, as far as this process (in a container, say) has them.
 */
export function grantable(
  role: SandboxedRole,
  settings: SandboxSettings,
  identity: Identity | undefined,
  permitted: bigint,
): bigint {
  const { capabilities, substitute } = ROLES[role];
  const { capabilities: wanted, compat, kept, further, mirrored } = ROLES[role].terms(settings);
  if (wanted !== undefined) {
    const asked = maskOf(wanted);
    if ((asked & ~permitted) !== 0n)
      throw new ClsyncError('NO_CAPABILITY', namesOf(asked & ~permitted).join(' '));
    return asked;
  }
  // Another user than the starter gets no capabilities, as after su(1).
  if (compat) return identity === undefined || identity.uid === process.getuid?.() ? permitted : 0n;
  // Some containers have DAC_OVERRIDE but not DAC_READ_SEARCH: the watcher takes the wider one
  // then.
  if (substitute !== undefined && kept === undefined && (permitted & maskOf(capabilities)) === 0n)
    return maskOf([substitute]) & permitted;
  const held = capabilities.filter((name) => kept === undefined || kept.includes(`CAP_${name}`));
  return maskOf([...held, ...further]) & ~maskOf(capabilitiesFor(mirrored)) & permitted;
}

/** What only serves to make what is not mirrored, and to keep it when a file is written to. */
function capabilitiesFor({ setid, devices }: Mirrored): readonly Capability[] {
  return [
    ...(setid ? [] : (['FSETID', 'SETFCAP'] as const)),
    ...(devices ? [] : (['MKNOD'] as const)),
  ];
}

export function planCapabilities(
  held: bigint,
  own: CapabilityMasks,
  namespaces: Namespaces | undefined,
): Pick<RolePlan, 'capabilities' | 'bounding'> {
  // A process that makes a user namespace has every capability in it at first.
  const mayCutBounding =
    (own.permitted & maskOf(['SETPCAP'])) !== 0n || namespaces?.kinds.includes('user') === true;
  return {
    capabilities: { permitted: held, effective: held, inheritable: held, ambient: held },
    bounding: mayCutBounding ? held & own.bounding : undefined,
  };
}

/**
 * No core dumps, which would contain data of files; and a limit on processes as in the control
 * group, or the lower hard limit, in case there is no group.
 */
export function planLimits(
  identity: Identity | undefined,
  namespaces: Namespaces | undefined,
  settings: SandboxSettings,
): ResourceLimit[] {
  const wanted = settings.limits.processes ?? PROCESSES;
  const { hard } = posix().getrlimit('nproc');
  const processes = BigInt(hard === null ? wanted : Math.min(wanted, hard));
  const core = { resource: RLIMIT_CORE, soft: 0n, hard: 0n };
  return countsProcesses(identity, namespaces)
    ? [core, { resource: RLIMIT_NPROC, soft: processes, hard: processes }]
    : [core];
}

/**
 * Whether RLIMIT_NPROC counts only the role's processes. The kernel counts by uid and user
 * namespace: with the starter's uid, other processes count too, and uid 0 has no limit.
 */
export function countsProcesses(
  identity: Identity | undefined,
  namespaces: Namespaces | undefined,
): boolean {
  return (
    namespaces?.kinds.includes('user') === true ||
    (identity !== undefined && identity.uid !== 0 && identity.uid !== process.getuid?.())
  );
}
