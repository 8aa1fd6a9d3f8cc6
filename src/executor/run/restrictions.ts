/** Restrictions of every program that the executor starts, as the launcher takes them. */
import { fromText } from '../../shared/bytes.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { noSignalsTo } from '../../shared/seccomp/tables.js';
import type { HandlerConfinement } from '../../shared/settings.js';
import type { HandlerRestrictions } from './specification.js';

/**
 * LANDLOCK_ACCESS_FS_REFER, links and renames from directory to directory: the one right that is
 * lost unless it is named.
 */
const REFER = 1n << 13n;
/**
 * @param parents the process that starts them, and its own: the keeper, or init of the pid
 * namespace
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
