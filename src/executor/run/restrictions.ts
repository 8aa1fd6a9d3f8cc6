/** The restrictions of every program that the executor starts, for the launcher's specification. */
import { fromText } from '../../shared/bytes.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import {
  NO_INDIRECT_SIGNALS,
  NO_OTHER_CAPABILITIES,
  noSignalsBetween,
  noSignalsTo,
  noSpecialByHandlers,
} from '../../shared/seccomp/programs.js';
import type { HandlerConfinement } from '../../shared/settings.js';
import { LANDLOCK_SCOPE } from '../../shared/specification.js';
import type { CapabilitySets } from '../../shared/specification.js';
import type { CallConfinement, HandlerRestrictions } from './specification.js';

/**
 * LANDLOCK_ACCESS_FS_REFER, for links and renames between directories: the only right that Landlock
 * removes unless a rule allows it.
 */
const REFER = 1n << 13n;

/** For every program that this process, the executor, starts. */
export function confinementOf(handlers: HandlerConfinement): CallConfinement {
  const processes = [process.ppid, process.pid];
  const { leaves } = handlers;
  // No signals leave the domain then, so that the filter need not know the keeper.
  if (keepsSignals(handlers)) {
    const restrictions = restrictionsOf(handlers, processes);
    return { leaves, restrictions: () => restrictions };
  }
  return { leaves, restrictions: (keeper) => restrictionsOf(handlers, processes, keeper) };
}

/**
 * @param parents pids of the process that starts the programs and of its parent (the keeper, or
 * init of the pid namespace)
 * @param keeper that of the call; undefined: no signals reach it
 */
export function restrictionsOf(
  handlers: Pick<
    HandlerConfinement,
    'filter' | 'capabilities' | 'mirrored' | 'scoped' | 'spared' | 'first'
  >,
  parents: readonly number[],
  keeper?: number,
): HandlerRestrictions {
  const { filter, capabilities, mirrored, scoped, spared, first } = handlers;
  const processes = [...parents, ...spared, ...(keeper === undefined ? [] : [keeper])];
  const rules = [
    ...noSignalsTo(processes),
    ...(keepsSignals(handlers) ? [] : NO_INDIRECT_SIGNALS),
    ...(first === undefined || keeper === undefined ? [] : noSignalsBetween(first, keeper)),
    ...noSpecialByHandlers(mirrored),
    ...(capabilities === undefined ? [] : [NO_OTHER_CAPABILITIES]),
  ];
  return {
    ...(capabilities === undefined ? {} : { capabilities: inEverySet(BigInt(capabilities)) }),
    ...(filter ? { seccomp: compileFilter(rules) } : {}),
    ...(scoped === 0
      ? {}
      : {
          landlock: {
            files: REFER,
            network: 0n,
            scoped: BigInt(scoped),
            onFiles: 0n,
            rules: [{ path: fromText('/'), allowed: REFER }],
          },
        }),
  };
}

function inEverySet(mask: bigint): CapabilitySets {
  return { permitted: mask, effective: mask, inheritable: mask, ambient: mask };
}

/** Whether Landlock keeps the signals of a call to the call. */
function keepsSignals({ scoped }: Pick<HandlerConfinement, 'scoped'>): boolean {
  return (BigInt(scoped) & LANDLOCK_SCOPE.signals) !== 0n;
}
