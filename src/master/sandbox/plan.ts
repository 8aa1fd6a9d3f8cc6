/** Decides, before anything starts, what each role will be confined to. */
import { resolve } from 'node:path';
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { MONITORS } from '../../shared/monitors.js';
import type {
  Identity,
  Namespace,
  Namespaces,
  ResourceLimit,
  View,
} from '../../shared/specification.js';
import { executorStart, watcherStart } from '../../shared/seccomp/tables.js';
import type { ExecutorChoice } from '../../shared/seccomp/tables.js';
import { posix } from '../posix.js';
import { maskOf, namesOf, ownCapabilities, parseCapability } from './capabilities.js';
import type { CapabilityMasks } from './capabilities.js';
import { makeCgroup, PROCESSES } from './cgroup.js';
import { asItIs, FileCopies } from './copies.js';
import type { Edit } from './copies.js';
import { confineHandlers } from './handlers.js';
import type { Decision, RolePlan, Sandbox } from './decision.js';
import { chooseIdentities, startersIds } from './identity.js';
import { jailView } from './jail.js';
import { landlockRules } from './landlock.js';
import { findMechanisms, ownUserNamespace } from './mechanisms.js';
import type { Mechanisms } from './mechanisms.js';
import { missingOf } from './missing.js';
import { withoutOtherMounts } from './mount-points.js';
import { checkReadable } from './readable.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { isCopied, PASSWD, passwdFor, shownTrees, SYSTEM_FILES } from './system-files.js';
import {
  COMPATIBLE_VIEW,
  hostView,
  isWatchedWhole,
  keepsProcessNumbers,
  strictView,
} from './view.js';

/** Numbers of <sys/resource.h>. */
const RLIMIT_CORE = 4;
const RLIMIT_NPROC = 6;

const FORGONE =
  "no namespaces for handlers: in those an ordinary user can make, the starter's other groups and capabilities would be lost";

/**
 * Decides, and makes the control group. Throws ClsyncError as `decideSandbox` does, and when limits
 * are asked for that cannot be kept.
 */
export function planSandbox(settings: SandboxSettings): Sandbox {
  const decision = decideSandbox(settings);
  const { identity, namespaces, keeper } = decision.executor;
  return {
    ...decision,
    cgroup: makeCgroup(settings, {
      processesCounted: countsProcesses(identity, namespaces),
      frozenToEnd: keeper === 'adoption',
    }),
  };
}

/**
 * Throws ClsyncError when the settings ask for what this process may not give, or a role could not
 * read its own program.
 */
export function decideSandbox(settings: SandboxSettings): Decision {
  const chosen = chooseIdentities(settings);
  const kinds = KINDS.filter((kind) => isWanted(kind, settings));
  const mechanisms = findMechanisms({
    identity: chosen.watcher ?? chosen.executor,
    kinds,
    view: viewToTry(settings),
  });
  const identities = mechanisms.ids ? chosen : startersIds(settings);
  checkMounts(settings, mechanisms);
  const own = ownCapabilities();
  const copies = planCopies(settings, identities.executor);
  const plan = (role: SandboxedRole): RolePlan => {
    const held = grantable(role, settings, identities[role], own.permitted);
    const rooms = planNamespaces(role, settings, copies, held, mechanisms);
    if (identities[role] !== undefined && !isFilled(rooms.view))
      checkReadable(role, identities[role], held);
    const capabilities = planCapabilities(held, own, rooms.namespaces);
    return {
      identity: identities[role],
      ...capabilities,
      ...rooms,
      ...planFilters(role, settings, mechanisms, { ...identities[role], held, view: rooms.view }),
      limits: planLimits(identities[role], rooms.namespaces, settings),
    };
  };
  const [watcher, executor] = [plan('watcher'), plan('executor')];
  const missing = missingOf({ mechanisms, kinds, identities, watcher, permitted: own.permitted });
  const forgone = missing.length === 0 && executor.namespaces === undefined ? [FORGONE] : [];
  if (settings.secureSplitting && missing.length + forgone.length > 0)
    throw new ClsyncError('INCOMPLETE_SANDBOX', [...missing, ...forgone].join('; '));
  return {
    settings,
    watcher,
    executor,
    handlers: confineHandlers(settings, executor),
    copies: executor.view && copies,
    missing,
    forgone,
  };
}

/** Views that are filled hold the installation in directories that any role may enter. */
function isFilled(view: View | undefined): boolean {
  return view !== undefined && (view.freshRoot || view.chroot !== undefined);
}

/** What of the host's mounts the user wants left out only root can leave out. */
function checkMounts(settings: SandboxSettings, mechanisms: Mechanisms): void {
  if (mechanisms.namespaces === 'privileged') return;
  if (settings.chroot !== undefined) throw new ClsyncError('NO_MOUNTS', '--chroot');
  if (settings.mountPoints !== undefined) throw new ClsyncError('NO_MOUNTS', '--mountpoints');
}

function planCapabilities(
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

function planNamespaces(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
  held: bigint,
  mechanisms: Mechanisms,
): Pick<RolePlan, 'namespaces' | 'keeper' | 'view'> {
  const { kinds: available } = mechanisms;
  // In a user namespace of one uid and one gid a mirror could not keep the starter's other groups,
  // and capabilities reach nothing.
  const unfit =
    mechanisms.namespaces === 'user' &&
    (held !== 0n || (role === 'executor' && ownsSeveralGroups()));
  if (mechanisms.namespaces === 'none' || unfit) return { keeper: 'adoption' };
  const hasNumbers = keepsProcessNumbers(role, settings);
  const kinds = available.filter(
    (kind) =>
      (kind !== 'network' || losesNetwork(role, settings)) && (kind !== 'pid' || !hasNumbers),
  );
  const namespaces = mechanisms.namespaces === 'user' ? ownUserNamespace(kinds) : { kinds };
  return {
    namespaces,
    keeper: hasNumbers ? 'adoption' : 'namespace',
    view: viewOf(role, settings, copies),
  };
}

/**
 * No core dumps, which would hold what was read; and as many processes as the control group allows,
 * should there be none, or fewer if we may have no more.
 */
function planLimits(
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
function countsProcesses(
  identity: Identity | undefined,
  namespaces: Namespaces | undefined,
): boolean {
  return (
    namespaces?.kinds.includes('user') === true ||
    (identity !== undefined && identity.uid !== 0 && identity.uid !== process.getuid?.())
  );
}

function ownsSeveralGroups(): boolean {
  return (process.getgroups?.() ?? []).some((group) => group !== process.getgid?.());
}

/** The kinds of namespaces that a role may get. */
const KINDS: readonly Namespace[] = ['mount', 'pid', 'uts', 'cgroup', 'ipc', 'network'];

function isWanted(kind: Namespace, settings: SandboxSettings): boolean {
  if (kind === 'ipc') return settings.detachIpc;
  return kind !== 'network' || losesNetwork('watcher', settings);
}

/** As strict as any, of what every installation has. */
function viewToTry(settings: SandboxSettings): View {
  return strictView(
    'watcher',
    { ...settings, watchDirectory: fromText(resolve(FILES.root)) },
    undefined,
  );
}

function losesNetwork(role: SandboxedRole, settings: SandboxSettings): boolean {
  if (settings.detachNetwork === 'off') return false;
  if (role === 'watcher' || settings.detachNetwork === 'everywhere') return true;
  return settings.localTransfer && !settings.handlerNetwork;
}

function planFilters(
  role: SandboxedRole,
  settings: SandboxSettings,
  mechanisms: Mechanisms,
  rights: Rights,
): Pick<RolePlan, 'landlock' | 'seccomp' | 'writtenCode' | 'noWrittenCode'> {
  const network = !losesNetwork(role, settings);
  // A handler written for the C program is not held back from what it can see.
  const free = role === 'executor' && settings.compat;
  const walls = mechanisms.landlock > 0 && !free;
  const writtenCode = free || (role === 'executor' && settings.jit) ? 'executed' : 'refused';
  return {
    writtenCode,
    noWrittenCode: writtenCode === 'refused' && mechanisms.memory,
    ...(walls
      ? {
          landlock: landlockRules(role, settings, {
            version: mechanisms.landlock,
            network,
            bare: isBare(rights.view, rights.held),
          }),
        }
      : {}),
    ...(mechanisms.seccomp && settings.seccomp && !free
      ? {
          seccomp:
            role === 'watcher'
              ? watcherStart(MONITORS[settings.monitor].calls)
              : executorStart({ writtenCode, network, ...fixedBy(rights) }),
        }
      : {}),
  };
}

/** What a role holds; ids undefined: the starter's. */
interface Rights {
  readonly uid?: number;
  readonly gid?: number;
  readonly held: bigint;
  readonly view?: View | undefined;
}

/**
 * Nothing but the modes of files keeps it from reading what Landlock lets it see; who reads any
 * file is to see no directory whole.
 */
function isBare(view: View | undefined, held: bigint): boolean {
  return view === undefined && (held & maskOf(['DAC_OVERRIDE', 'DAC_READ_SEARCH'])) === 0n;
}

/** What nobody gave the executor the capability for, its filter refuses too. */
function fixedBy({
  uid = process.getuid?.() ?? 0,
  gid = process.getgid?.() ?? 0,
  held,
}: Rights): Pick<ExecutorChoice, 'ids' | 'rawSockets'> {
  const has = (names: Parameters<typeof maskOf>[0]): boolean => (held & maskOf(names)) !== 0n;
  return {
    ids: has(['SETUID', 'SETGID', 'SETPCAP']) ? undefined : { uid, gid },
    rawSockets: has(['NET_RAW']),
  };
}

function viewOf(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
): View {
  if (role === 'executor' && settings.mountPoints !== undefined)
    return withoutOtherMounts(executorView(settings, copies), settings.mountPoints, settings);
  if (role === 'executor') return executorView(settings, copies);
  return isWatchedWhole(settings)
    ? hostView(role, settings, undefined)
    : strictView(role, settings, undefined);
}

function executorView(settings: SandboxSettings, copies: FileCopies | undefined): View {
  if (settings.chroot !== undefined) return jailView(settings.chroot, settings);
  if (settings.compat) return COMPATIBLE_VIEW;
  return showsHost(settings)
    ? hostView('executor', settings, copies)
    : strictView('executor', settings, copies);
}

/**
 * In the host's own view only the password database is another, so that ssh finds whom it runs as.
 */
function planCopies(
  settings: SandboxSettings,
  identity: Identity | undefined,
): FileCopies | undefined {
  if (settings.chroot !== undefined || settings.compat) return undefined;
  const files = showsHost(settings) ? (identity === undefined ? [] : [PASSWD]) : SYSTEM_FILES;
  const edit = (path: BytePath): Edit =>
    path === PASSWD && identity !== undefined
      ? (original) => passwdFor(original, identity, settings)
      : asItIs;
  const copied = files.filter((path) => isCopied(path, settings));
  return copied.length === 0
    ? undefined
    : FileCopies.plan(new Map(copied.map((path) => [path, edit(path)])), shownTrees(settings));
}

function showsHost(settings: SandboxSettings): boolean {
  return isWatchedWhole(settings) || settings.view === 'host';
}

/** The role's profile, as far as this process (in a container, say) has it. */
function grantable(
  role: SandboxedRole,
  settings: SandboxSettings,
  identity: Identity | undefined,
  permitted: bigint,
): bigint {
  if (role === 'executor' && settings.handlerCapabilities !== undefined) {
    const asked = maskOf(settings.handlerCapabilities.map(capabilityOf));
    if ((asked & ~permitted) !== 0n)
      throw new ClsyncError('NO_CAPABILITY', namesOf(asked & ~permitted).join(' '));
    return asked;
  }
  // Another user than the starter has none, as after su(1).
  if (role === 'executor' && settings.compat)
    return identity === undefined || identity.uid === process.getuid?.() ? permitted : 0n;
  const { capabilities } = ROLES[role];
  // What reads every directory may be had only together with what writes to it, as in most
  // containers.
  if (
    role === 'watcher' &&
    settings.preservedCapabilities === undefined &&
    (permitted & maskOf(capabilities)) === 0n
  )
    return maskOf(['DAC_OVERRIDE']) & permitted;
  const kept =
    role === 'watcher' && settings.preservedCapabilities !== undefined
      ? capabilities.filter((name) => settings.preservedCapabilities?.includes(`CAP_${name}`))
      : capabilities;
  return maskOf(kept) & permitted;
}

function capabilityOf(name: string): ReturnType<typeof namesOf>[number] {
  const capability = parseCapability(name);
  if (capability === undefined)
    throw new ClsyncError('BAD_VALUE', '--handler-capabilities', `there is no capability ${name}`);
  return capability;
}
