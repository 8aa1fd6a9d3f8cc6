/** Decides the confinement of each role before anything starts. */
import { resolve } from 'node:path';
import { fromText } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import type { View } from '../../shared/specification.js';
import { ownCapabilities } from './capabilities.js';
import { makeCgroup } from './cgroup.js';
import type { Decision, RolePlan, SandboxPlan } from './decision.js';
import { confineHandlers } from './handlers.js';
import type { Choice } from './identity.js';
import { chooseIdentities, chooseMaster, startersIds, unclaimed } from './identity.js';
import { masterRules } from './landlock.js';
import { findMechanisms } from './mechanisms.js';
import type { Mechanisms } from './mechanisms.js';
import { missingForSockets, missingForState, missingOf } from './missing.js';
import { planFilters } from './plan-filters.js';
import { countsProcesses, grantable, planCapabilities, planLimits } from './plan-rights.js';
import { planCopies, planNamespaces, wantedKinds } from './plan-view.js';
import { checkReadable } from './readable.js';
import { forEachRole } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { strictView } from './view.js';

const FORGONE =
  "no namespaces for handlers: in those an ordinary user can make, the starter's other " +
  'groups and capabilities would be lost';

/**
 * Decides the sandboxes and makes the control group. Throws ClsyncError as `decideSandbox` does,
 * and when a limit cannot be kept.
 */
export function planSandbox(settings: SandboxSettings): SandboxPlan {
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
 * Decides the sandboxes. Throws ClsyncError when the settings ask for rights that this process
 * cannot give, or a role could not read its own program.
 */
export function decideSandbox(settings: SandboxSettings, choice?: Choice): Decision {
  const chosen = chooseIdentities(settings, choice);
  const kinds = wantedKinds(settings);
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
    const seen = planNamespaces(role, settings, copies, held, mechanisms);
    if (identities[role] !== undefined && !isFilled(seen.view))
      checkReadable(role, identities[role], held);
    const capabilities = planCapabilities(held, own, seen.namespaces);
    return {
      identity: identities[role],
      ...capabilities,
      ...seen,
      ...planFilters(role, settings, mechanisms, { ...identities[role], held, view: seen.view }),
      limits: planLimits(identities[role], seen.namespaces, settings),
    };
  };
  const { watcher, executor } = forEachRole(plan);
  const lacking = missingOf({
    mechanisms,
    kinds,
    identities,
    watcher,
    unclaimed: unclaimed(),
    permitted: own.permitted,
  });
  const forgone = lacking.length === 0 && executor.namespaces === undefined ? [FORGONE] : [];
  const missing = [
    ...lacking,
    ...missingForSockets(settings, mechanisms),
    ...missingForState(settings, executor.view !== undefined),
  ];
  if (settings.secureSplitting && missing.length + forgone.length > 0)
    throw new ClsyncError('INCOMPLETE_SANDBOX', [...missing, ...forgone].join('; '));
  return {
    settings,
    watcher,
    executor,
    master: mechanisms.ids ? chooseMaster(settings, identities, choice) : undefined,
    masterFiles: mechanisms.landlock > 0 ? masterRules(mechanisms.landlock) : undefined,
    others: [],
    handlers: confineHandlers(settings, executor),
    copies: executor.view && copies,
    filters: mechanisms.seccomp,
    missing,
    forgone,
  };
}

/**
 * Whether the view is built from mounts: then the directories on the way to the program are made
 * for the view, and every role may enter them.
 */
function isFilled(view: View | undefined): boolean {
  return view !== undefined && (view.freshRoot || view.chroot !== undefined);
}

/** Throws ClsyncError when the user asks for a change of mounts that only root can make. */
function checkMounts(settings: SandboxSettings, mechanisms: Mechanisms): void {
  if (mechanisms.namespaces === 'privileged') return;
  if (settings.chroot !== undefined) throw new ClsyncError('NO_MOUNTS', '--chroot');
  if (settings.mountPoints !== undefined) throw new ClsyncError('NO_MOUNTS', '--mountpoints');
}

/** A view as strict as any role's, made only of files that every installation has. */
function viewToTry(settings: SandboxSettings): View {
  return strictView(
    'watcher',
    { ...settings, watchDirectory: fromText(resolve(FILES.root)) },
    undefined,
  );
}
