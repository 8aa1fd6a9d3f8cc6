/**
 * The confinement of handlers, hooks and plug-ins beyond that of the executor, which starts them.
 */
import { readFileSync } from 'node:fs';
import { maskOf } from './capabilities.js';
import type { HandlerConfinement } from '../../shared/settings.js';
import { executorsOf } from './decision.js';
import type { Decision, ExecutorDecision, HandlerPlan, RolePlan } from './decision.js';
import { privateIn } from './private-places.js';
import type { Member } from './roles.js';
import type { SandboxSettings } from './settings.js';
import { executorTerms } from './terms.js';

export function confineHandlers(
  settings: SandboxSettings,
  { writtenCode, capabilities, seccomp, landlock, view: seen }: RolePlan,
): HandlerPlan {
  const { view, compat, mirrored } = settings;
  const { permitted } = capabilities;
  const lower = permitted & ~maskOf(executorTerms(settings).further);
  const isLower = settings.handlerCapabilities === undefined && lower !== permitted;
  return {
    writtenCode,
    leaves: compat,
    temporary: privateIn(seen),
    filter: seccomp !== undefined,
    ...(isLower ? { capabilities: Number(lower) } : {}),
    mirrored,
    // A user asks for a wider view because handlers work with other programs of the host, which
    // Landlock's scopes would prevent.
    scoped: view === 'strict' ? Number(landlock?.scoped ?? 0n) : 0,
    superuser: (permitted & maskOf(['CHOWN'])) !== 0n,
  };
}

/** Those of an executor. @param others processes of the daemon */
export function handlersOf(
  decision: Decision,
  { destination }: Member,
  others: readonly number[],
): HandlerConfinement {
  const own = executorsOf(decision)[destination] ?? decision;
  return { ...own.handlers, ...shield(own, others) };
}

/**
 * The daemon's processes that handlers must not signal. Handlers without a pid namespace see these
 * by their numbers, and may have the same uid.
 */
function shield(
  { settings: { view, compat }, executor: { keeper } }: ExecutorDecision,
  others: readonly number[],
): Pick<HandlerConfinement, 'spared' | 'first'> {
  if (keeper !== 'adoption') return { spared: [] };
  const spared = [process.pid, ownGroup(), ...others];
  // Handlers that see the host may signal other programs, whenever these were started.
  return view === 'strict' && !compat ? { spared, first: process.pid } : { spared };
}

/**
 * The process group: the fifth field of /proc/self/stat, see proc(5). The second field may contain
 * blanks and parentheses.
 */
function ownGroup(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
