/** What of a call no signal can end. */
import type { BytePath } from '../../shared/bytes.js';
import { allProcesses, isOver, processFacts, waits } from '../../shared/process-state.js';

export interface Stuck {
  /** The name of a process that waits in the kernel; undefined: none does. */
  readonly name: BytePath | undefined;
  /** All processes of the call do. */
  readonly wholly: boolean;
}

/** @param keeper the call's, whose session the handler is in (setsid(2)) */
export function stuckIn(keeper: number): Stuck {
  const members = allProcesses().filter(
    (pid) => pid !== keeper && processFacts(pid)?.session === keeper && !isOver(pid),
  );
  const waiting = members.filter(waits);
  const [first] = waiting;
  return {
    name: first === undefined ? undefined : processFacts(first)?.name,
    wholly: first !== undefined && waiting.length === members.length,
  };
}
