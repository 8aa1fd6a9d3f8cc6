/** Decides the confinement of each role before anything starts. */
import { resolve } from 'node:path';
import { fromText } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import type { Identity, Namespace, View } from '../../shared/specification.js';
import { ownCapabilities } from './capabilities.js';
import { makeCgroup } from './cgroup.js';
import type { FileCopies } from './copies.js';
import type { Decision, ExecutorDecision, RolePlan, SandboxPlan } from './decision.js';
import { confineHandlers } from './handlers.js';
import type { Choice, Identities } from './identity.js';
import {
  chooseFurther,
  chooseIdentities,
  chooseMaster,
  startersIds,
  unclaimed,
} from './identity.js';
import { masterRules } from './landlock.js';
import type { Mechanisms } from './mechanisms.js';
import { missingForSockets, missingForState, missingOf } from './missing.js';
import { planFilters } from './plan-filters.js';
import { countsProcesses, grantable, planCapabilities, planLimits } from './plan-rights.js';
import { planCopies, planNamespaces, wantedKinds } from './plan-view.js';
import { checkReadable } from './readable.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { beginTrial } from './trial.js';
import { strictView } from './view.js';

const FORGONE =
  "no namespaces for handlers: in those an ordinary user can make, the starter's other " +
  'groups and capabilities would be lost';

/**
 * Decides the sandboxes and makes the control group. Throws ClsyncError as `decideSandbox` does,
 * and when a limit cannot be kept.
 * @param others the settings for the destinations after the first
 */
export function planSandbox(
  settings: SandboxSettings,
  others: readonly SandboxSettings[] = [],
): SandboxPlan {
  const decision = decideSandbox(settings, undefined, others);
  const { identity, namespaces, keeper } = decision.executor;
  return {
    ...decision,
    cgroup: makeCgroup(
      settings,
      {
        processesCounted: countsProcesses(identity, namespaces),
        frozenToEnd: keeper === 'adoption',
      },
      others,
    ),
  };
}

/**
 * Decides the sandboxes. Throws ClsyncError when the settings ask for rights that this process
 * cannot give, or a role could not read its own program.
 * @param others the settings for the destinations after the first
 */
export function decideSandbox(
  settings: SandboxSettings,
  choice?: Choice,
  others: readonly SandboxSettings[] = [],
): Decision {
  const chosen = chooseIdentities(settings, choice);
  const kinds = [...new Set([settings, ...others].flatMap(wantedKinds))];
  const trial = beginTrial({
    identity: chosen.watcher ?? chosen.executor,
    kinds,
    view: viewToTry(settings),
  });
  const idsOf = idsOfOthers(settings, others, chosen, choice);
  const decide = (mechanisms: Mechanisms): Decision =>
    decideWith(mechanisms, { settings, others, kinds, chosen, idsOf });
  // Meanwhile, as if all could be used; what comes of it counts only if that is the result.
  const drafted = trial.likely === undefined ? undefined : attempted(decide, trial.likely);
  const mechanisms = trial.found();
  return drafted === undefined || mechanisms !== trial.likely ? decide(mechanisms) : drafted();
}

/** The result of a function or its error, for later. */
function attempted<A, T>(act: (argument: A) => T, argument: A): () => T {
  try {
    const result = act(argument);
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Further ids, which are chosen once, as they are claimed. */
interface OthersIds {
  readonly further: readonly (Identity | undefined)[];
  readonly master: Identity | undefined;
}

function idsOfOthers(
  settings: SandboxSettings,
  others: readonly SandboxSettings[],
  { watcher, executor }: Identities,
  choice: Choice | undefined,
): () => OthersIds {
  let ids: OthersIds | undefined;
  return () => {
    if (ids !== undefined) return ids;
    const taken = [watcher, executor];
    const further = others.map((own) => {
      const identity = chooseFurther(own, taken, choice);
      taken.push(identity);
      return identity;
    });
    return (ids = { further, master: chooseMaster(settings, taken, choice) });
  };
}

interface Decided {
  readonly settings: SandboxSettings;
  readonly others: readonly SandboxSettings[];
  readonly kinds: readonly Namespace[];
  readonly chosen: Identities;
  readonly idsOf: () => OthersIds;
}

function decideWith(
  mechanisms: Mechanisms,
  { settings, others, kinds, chosen, idsOf }: Decided,
): Decision {
  const identities = mechanisms.ids ? chosen : startersIds(settings);
  for (const one of [settings, ...others]) checkMounts(one, mechanisms);
  const first = decideExecutor(settings, identities.executor, mechanisms);
  const watcher = planRole('watcher', settings, identities.watcher, undefined, mechanisms);
  const further = others.map((own, index) => {
    const identity = mechanisms.ids ? idsOf().further[index] : startersIds(own).executor;
    return decideExecutor(own, identity, mechanisms);
  });
  const executors = [first, ...further];
  const lacking = missingOf({
    mechanisms,
    kinds,
    identities,
    watcher,
    unclaimed: unclaimed(),
    permitted: ownCapabilities().permitted,
  });
  const isForgone = executors.some(({ executor }) => executor.namespaces === undefined);
  const forgone = lacking.length === 0 && isForgone ? [FORGONE] : [];
  const missing = [
    ...lacking,
    ...executors.flatMap((own) => missingForSockets(own.settings, mechanisms)),
    ...executors.flatMap((own) => missingForState(own.settings, own.executor.view !== undefined)),
  ];
  if (settings.secureSplitting && missing.length + forgone.length > 0)
    throw new ClsyncError('INCOMPLETE_SANDBOX', [...missing, ...forgone].join('; '));
  return {
    ...first,
    watcher,
    others: further,
    master: mechanisms.ids ? idsOf().master : undefined,
    masterFiles: mechanisms.landlock > 0 ? masterRules(mechanisms.landlock) : undefined,
    filters: mechanisms.seccomp,
    missing: [...new Set(missing)],
    forgone,
  };
}

function decideExecutor(
  settings: SandboxSettings,
  identity: Identity | undefined,
  mechanisms: Mechanisms,
): ExecutorDecision {
  const copies = planCopies(settings, identity);
  const executor = planRole('executor', settings, identity, copies, mechanisms);
  const handlers = confineHandlers(settings, executor);
  return { settings, executor, handlers, copies: executor.view && copies };
}

function planRole(
  role: SandboxedRole,
  settings: SandboxSettings,
  identity: Identity | undefined,
  copies: FileCopies | undefined,
  mechanisms: Mechanisms,
): RolePlan {
  const own = ownCapabilities();
  const held = grantable(role, settings, identity, own.permitted);
  const seen = planNamespaces(role, settings, copies, held, mechanisms);
  if (identity !== undefined && !isFilled(seen.view)) checkReadable(role, identity, held);
  const capabilities = planCapabilities(held, own, seen.namespaces);
  return {
    identity,
    ...capabilities,
    ...seen,
    ...planFilters(role, settings, mechanisms, { ...identity, held, view: seen.view }),
    limits: planLimits(identity, seen.namespaces, settings),
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
