/** Decides which files Landlock lets a role reach, and which system calls its filter refuses. */
import type { RoleChoice } from '../../shared/seccomp/executor.js';
import type { View } from '../../shared/specification.js';
import { maskOf } from './capabilities.js';
import type { RolePlan } from './decision.js';
import { landlockRules } from './landlock.js';
import type { Mechanisms } from './mechanisms.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** The rights of a role; ids undefined: the starter's. */
export interface Rights {
  readonly uid?: number;
  readonly gid?: number;
  readonly held: bigint;
  readonly view?: View | undefined;
}

/** The restrictions of a role. None under --compat: handlers of the C program have none either. */
export function planFilters(
  role: SandboxedRole,
  settings: SandboxSettings,
  mechanisms: Mechanisms,
  rights: Rights,
): Pick<RolePlan, 'landlock' | 'seccomp' | 'writtenCode' | 'noWrittenCode'> {
  const { network, sockets, mirrored, compat, jit } = ROLES[role].terms(settings);
  const writtenCode = compat || jit ? 'executed' : 'refused';
  const { landlock: version } = mechanisms;
  return {
    writtenCode,
    noWrittenCode: writtenCode === 'refused' && mechanisms.memory,
    ...(version > 0 && !compat
      ? {
          landlock: landlockRules(role, settings, {
            version,
            network,
            bare: isBare(rights.view, rights.held),
            ownView: rights.view !== undefined,
          }),
        }
      : {}),
    ...(mechanisms.seccomp && settings.seccomp && !compat
      ? {
          seccomp: ROLES[role].filter(settings, {
            writtenCode,
            network,
            sockets,
            ...mirrored,
            ...fixedBy(rights),
          }),
        }
      : {}),
  };
}

/**
 * Whether Landlock may let the role read whole system directories: it has no view, and file modes
 * still apply to it. A role with a capability to read every file must not get whole directories.
 */
function isBare(view: View | undefined, held: bigint): boolean {
  return view === undefined && (held & maskOf(['DAC_OVERRIDE', 'DAC_READ_SEARCH'])) === 0n;
}

/**
 * Parts of the executor's filter: system calls that it has no capability for are refused by the
 * filter too.
 */
function fixedBy({
  uid = process.getuid?.() ?? 0,
  gid = process.getgid?.() ?? 0,
  held,
}: Rights): Pick<RoleChoice, 'ids' | 'rawSockets'> {
  const has = (names: Parameters<typeof maskOf>[0]): boolean => (held & maskOf(names)) !== 0n;
  return {
    ids: has(['SETUID', 'SETGID', 'SETPCAP']) ? undefined : { uid, gid },
    rawSockets: has(['NET_RAW']),
  };
}
