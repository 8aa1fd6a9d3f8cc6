/** Which namespaces a role gets, and what of the file system it sees in them. */
import type { BytePath } from '../../shared/bytes.js';
import type { Identity, Namespace, View } from '../../shared/specification.js';
import { chrootView } from './chroot-view.js';
import { asItIs, FileCopies } from './copies.js';
import type { Edit } from './copies.js';
import type { RolePlan } from './decision.js';
import { ownUserNamespace } from './mechanisms.js';
import type { Mechanisms } from './mechanisms.js';
import { withoutOtherMounts } from './mount-points.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { isCopied, PASSWD, passwdFor, shownTrees, SYSTEM_FILES } from './system-files.js';
import { COMPATIBLE_VIEW, hostView, isWatchedWhole, strictView } from './view.js';

/** The kinds of namespaces that a role may get. */
const KINDS: readonly Namespace[] = ['mount', 'pid', 'uts', 'cgroup', 'ipc', 'network'];

/** Those that any role gets where they can be had. */
export function wantedKinds(settings: SandboxSettings): readonly Namespace[] {
  const isWanted: Partial<Record<Namespace, boolean>> = {
    ipc: settings.detachIpc,
    network: settings.detachNetwork !== 'off',
  };
  return KINDS.filter((kind) => isWanted[kind] !== false);
}

/** @param held its capabilities */
export function planNamespaces(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
  held: bigint,
  mechanisms: Mechanisms,
): Pick<RolePlan, 'namespaces' | 'keeper' | 'view'> {
  const { network, hostNumbers, writesForGroups } = ROLES[role].terms(settings);
  // In a user namespace of one uid and one gid a mirror could not keep the starter's other groups,
  // and capabilities reach nothing.
  const unfit =
    mechanisms.namespaces === 'user' && (held !== 0n || (writesForGroups && ownsSeveralGroups()));
  if (mechanisms.namespaces === 'none' || unfit) return { keeper: 'adoption' };
  const kinds = mechanisms.kinds.filter(
    (kind) => (kind !== 'network' || !network) && (kind !== 'pid' || !hostNumbers),
  );
  return {
    namespaces: mechanisms.namespaces === 'user' ? ownUserNamespace(kinds) : { kinds },
    keeper: hostNumbers ? 'adoption' : 'namespace',
    view: viewOf(role, settings, copies),
  };
}

function ownsSeveralGroups(): boolean {
  return (process.getgroups?.() ?? []).some((group) => group !== process.getgid?.());
}

function viewOf(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
): View {
  const { chroot, compat, mountPoints } = ROLES[role].terms(settings);
  const whole =
    chroot !== undefined
      ? chrootView(chroot, settings)
      : compat
        ? COMPATIBLE_VIEW
        : ordinaryView(role, settings, copies);
  return mountPoints === undefined ? whole : withoutOtherMounts(whole, mountPoints, settings);
}

/** The watcher reads no file of the system that a copy could stand for. */
function ordinaryView(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
): View {
  const { view, ownPlaces } = ROLES[role].terms(settings);
  const shown = ownPlaces ? copies : undefined;
  return isWatchedWhole(settings) || view === 'host'
    ? hostView(role, settings, shown)
    : strictView(role, settings, shown);
}

/**
 * What the executor is shown of the system's files. In the host's own view only the password
 * database is another, so that ssh finds whom it runs as.
 */
export function planCopies(
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
