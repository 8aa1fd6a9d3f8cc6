/** Which capabilities and limits a role gets, as far as this process has them to give. */
import { ClsyncError } from '../../shared/errors.js';
import type { Identity, Namespaces, ResourceLimit } from '../../shared/specification.js';
import { posix } from '../posix.js';
import { maskOf, namesOf, parseCapability } from './capabilities.js';
import type { Capability, CapabilityMasks } from './capabilities.js';
import { PROCESSES } from './cgroup.js';
import type { RolePlan } from './decision.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** Numbers of <sys/resource.h>. */
const RLIMIT_CORE = 4;
const RLIMIT_NPROC = 6;

/** The role's profile, as far as this process (in a container, say) has it. */
export function grantable(
  role: SandboxedRole,
  settings: SandboxSettings,
  identity: Identity | undefined,
  permitted: bigint,
): bigint {
  const { capabilities, substitute } = ROLES[role];
  const { capabilities: wanted, compat, kept } = ROLES[role].terms(settings);
  if (wanted !== undefined) {
    const asked = maskOf(wanted.map(capabilityOf));
    if ((asked & ~permitted) !== 0n)
      throw new ClsyncError('NO_CAPABILITY', namesOf(asked & ~permitted).join(' '));
    return asked;
  }
  // Another user than the starter has none, as after su(1).
  if (compat) return identity === undefined || identity.uid === process.getuid?.() ? permitted : 0n;
  // What reads every directory may be had only together with what writes to it.
  if (substitute !== undefined && kept === undefined && (permitted & maskOf(capabilities)) === 0n)
    return maskOf([substitute]) & permitted;
  const held = capabilities.filter((name) => kept === undefined || kept.includes(`CAP_${name}`));
  return maskOf(held) & permitted;
}

function capabilityOf(name: string): Capability {
  const capability = parseCapability(name);
  if (capability === undefined)
    throw new ClsyncError('BAD_VALUE', '--handler-capabilities', `there is no capability ${name}`);
  return capability;
}

export function planCapabilities(
  held: bigint,
  own: CapabilityMasks,
  namespaces: Namespaces | undefined,
): Pick<RolePlan, 'capabilities' | 'bounding'> {
  // Whoever makes a user namespace has every capability in it, for the time being.
  const mayCutBounding =
    (own.permitted & maskOf(['SETPCAP'])) !== 0n || namespaces?.kinds.includes('user') === true;
  return {
    capabilities: { permitted: held, effective: held, inheritable: held, ambient: held },
    bounding: mayCutBounding ? held & own.bounding : undefined,
  };
}

/**
 * No core dumps, which would hold what was read; and as many processes as the control group allows,
 * should there be none, or fewer if we may have no more.
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
 * The kernel counts processes by uid and user namespace: the starter's own uid has others than
 * ours, and uid 0 has no limit.
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
