/** The restrictions of every program that the executor starts, for the launcher's specification. */
import { fromText } from '../../shared/bytes.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { noSignalsTo } from '../../shared/seccomp/tables.js';
import type { HandlerConfinement } from '../../shared/settings.js';
import type { HandlerRestrictions } from './specification.js';

/**
 * LANDLOCK_ACCESS_FS_REFER, for links and renames between directories: the only right that Landlock
 * removes unless a rule allows it.
 */
const REFER = 1n << 13n;
/**
 * @param parents pids of the process that starts the programs and of its parent (the keeper, or
 * init of the pid namespace)
 */
export function restrictionsOf(
  { filter, scoped, spared }: Pick<HandlerConfinement, 'filter' | 'scoped' | 'spared'>,
  parents: readonly number[],
): HandlerRestrictions {
  return {
    ...(filter ? { seccomp: compileFilter(noSignalsTo([...parents, ...spared])) } : {}),
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
