/**
 * What handlers, hooks and plug-ins may do, and what they lose besides what the executor lacks,
 * which starts them.
 */
import { readFileSync } from 'node:fs';
import { maskOf } from './capabilities.js';
import type { HandlerPlan, RolePlan } from './decision.js';
import type { SandboxSettings } from './settings.js';

export function confineHandlers(
  { view }: SandboxSettings,
  { writtenCode, capabilities, seccomp, landlock }: RolePlan,
): HandlerPlan {
  return {
    writtenCode,
    filter: seccomp !== undefined,
    // A wide view is asked for by who has handlers that work with other programs.
    scoped: view === 'strict' ? Number(landlock?.scoped ?? 0n) : 0,
    superuser: (capabilities.permitted & maskOf(['CHOWN'])) !== 0n,
  };
}

/**
 * Of the daemon's other processes, those that handlers see by their numbers: where they have no pid
 * namespace, and may have the same uid.
 */
export function sparedProcesses(
  { keeper }: RolePlan,
  others: readonly number[],
): readonly number[] {
  return keeper === 'adoption' ? [process.pid, ownGroup(), ...others] : [];
}

/** The fifth field of /proc/self/stat, proc(5); the second may hold blanks and parentheses. */
function ownGroup(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
