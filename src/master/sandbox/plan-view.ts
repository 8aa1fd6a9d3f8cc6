/** Decides the namespaces and the view of each role. */
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
import { copiedPaths, PASSWD, passwdFor, shownTrees, SYSTEM_FILES } from './system-files.js';
import { COMPATIBLE_VIEW, hostView, isWatchedWhole, strictView } from './view.js';

/** The kinds of namespaces that a role may get. */
const KINDS: readonly Namespace[] = ['mount', 'pid', 'uts', 'cgroup', 'ipc', 'network'];

/** The kinds of namespaces that at least one role gets if the kernel has them. */
export function wantedKinds(settings: SandboxSettings): readonly Namespace[] {
  const isWanted: Partial<Record<Namespace, boolean>> = {
    ipc: settings.detachIpc,
    network: settings.detachNetwork !== 'off',
  };
  return KINDS.filter((kind) => isWanted[kind] !== false);
}

/** @param held the role's capabilities */
export function planNamespaces(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
  held: bigint,
  mechanisms: Mechanisms,
): Pick<RolePlan, 'namespaces' | 'keeper' | 'view'> {
  const { network, hostNumbers, writesForGroups } = ROLES[role].terms(settings);
  // In a user namespace that maps one uid and one gid, a mirror cannot keep the starter's other
  // groups, and capabilities have no effect on files.
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

/** The watcher gets no copies: it reads none of the copied system files. */
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
 * The copies of system files in the executor's view. The host view needs only the password
 * database, so that ssh finds an entry for the uid it runs as.
 */
export function planCopies(
  settings: SandboxSettings,
  identity: Identity | undefined,
): FileCopies | undefined {
  if (settings.chroot !== undefined || settings.compat || !settings.executes) return undefined;
  const files = showsHost(settings) ? (identity === undefined ? [] : [PASSWD]) : SYSTEM_FILES;
  const passwd = identity === undefined ? asItIs : passwdFor(identity, settings);
  const edit = (path: BytePath): Edit => (path === PASSWD ? passwd : asItIs);
  const copied = copiedPaths(files, settings);
  return copied.length === 0
    ? undefined
    : FileCopies.plan(new Map(copied.map((path) => [path, edit(path)])), shownTrees(settings));
}

function showsHost(settings: SandboxSettings): boolean {
  return isWatchedWhole(settings) || settings.view === 'host';
}
