/** Decides, before anything starts, what each role will be confined to. */
import { ClsyncError } from '../../shared/errors.js';
import type { CapabilitySets, Identity } from '../../shared/specification.js';
import { maskOf, namesOf, ownCapabilities, parseCapability } from './capabilities.js';
import { chooseIdentities } from './identity.js';
import { checkReadable } from './readable.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** What one role gets. */
export interface RolePlan {
  /** undefined: the starter's. */
  readonly identity: Identity | undefined;
  readonly capabilities: CapabilitySets;
  /** undefined: not ours to change. */
  readonly bounding: bigint | undefined;
}

/** Both roles, decided once: a restarted role gets the same uid again. */
export interface Sandbox {
  readonly settings: SandboxSettings;
  readonly watcher: RolePlan;
  readonly executor: RolePlan;
}

/** Throws ClsyncError when the settings ask for what this process may not give, or a role could not read its own program. */
export function planSandbox(settings: SandboxSettings): Sandbox {
  const identities = chooseIdentities(settings);
  return { settings, watcher: planRole('watcher', identities.watcher, settings), executor: planRole('executor', identities.executor, settings) };
}

function planRole(role: SandboxedRole, identity: Identity | undefined, settings: SandboxSettings): RolePlan {
  const own = ownCapabilities();
  const held = grantable(role, settings, own.permitted);
  if (identity !== undefined) checkReadable(role, identity, held);
  const mayCutBounding = (own.permitted & maskOf(['SETPCAP'])) !== 0n;
  return {
    identity,
    capabilities: { permitted: held, effective: held, inheritable: held, ambient: held },
    bounding: mayCutBounding ? held & own.bounding : undefined,
  };
}

/** The role's profile, as far as this process (in a container, say) has it. */
function grantable(role: SandboxedRole, settings: SandboxSettings, permitted: bigint): bigint {
  if (role === 'executor' && settings.handlerCapabilities !== undefined) {
    const asked = maskOf(settings.handlerCapabilities.map(capabilityOf));
    if ((asked & ~permitted) !== 0n) throw new ClsyncError('NO_CAPABILITY', namesOf(asked & ~permitted).join(' '));
    return asked;
  }
  if (role === 'executor' && settings.compat) return permitted;
  return maskOf(ROLES[role].capabilities) & permitted;
}

function capabilityOf(name: string): ReturnType<typeof namesOf>[number] {
  const capability = parseCapability(name);
  if (capability === undefined) throw new ClsyncError('BAD_VALUE', '--handler-capabilities', `there is no capability ${name}`);
  return capability;
}
