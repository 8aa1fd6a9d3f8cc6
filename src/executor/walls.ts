/** The walls around every program that the executor starts, as the launcher takes them. */
import { fromText } from '../shared/bytes.js';
import { compileFilter } from '../shared/seccomp/filter.js';
import { noSignalsTo } from '../shared/seccomp/tables.js';
import type { HandlerConfinement } from '../shared/settings.js';
import type { HandlerWalls } from '../shared/specification.js';

/** LANDLOCK_ACCESS_FS_REFER, links and renames from directory to directory: the one right that is lost unless it is named. */
const REFER = 1n << 13n;
/** Of the executor's pid namespace. */
const INIT = 1;

/** @param executor the process that starts them */
export function wallsOf({ filter, scoped }: HandlerConfinement, executor: number): HandlerWalls {
  return {
    ...(filter ? { seccomp: compileFilter(noSignalsTo([INIT, executor])) } : {}),
    ...(scoped === 0 ? {} : { landlock: { files: REFER, network: 0n, scoped: BigInt(scoped), onFiles: 0n, rules: [{ path: fromText('/'), allowed: REFER }] } }),
  };
}
