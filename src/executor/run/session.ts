/**
 * Signals all processes of a session (setsid(2)): a handler and the processes it started, also
 * those in the background.
 */
import type { BytePath } from '../../shared/bytes.js';
import { allProcesses, isOver, processFacts, waits } from '../../shared/process-state.js';
import { codeOf } from '../../shared/system-errors.js';

export function processesOf(session: number): number[] {
  return allProcesses().filter((pid) => processFacts(pid)?.session === session && !isOver(pid));
}

/** Signals every process of the session except `spared`; returns the number of processes. */
export function signalSession(session: number, signal: NodeJS.Signals, spared?: number): number {
  const members = processesOf(session).filter((pid) => pid !== spared);
  for (const pid of members) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It has ended, or changed its ids: then only the end of its pid namespace ends it.
      if (!['ESRCH', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return members.length;
}

/** What is left of a session, when no signal can end it. */
export interface Stuck {
  /** The name of a process that waits in the kernel; undefined: none does. */
  readonly name: BytePath | undefined;
  /** All of its processes do. */
  readonly wholly: boolean;
}

export function stuckIn(session: number): Stuck {
  const members = processesOf(session);
  const waiting = members.filter(waits);
  const [first] = waiting;
  return {
    name: first === undefined ? undefined : processFacts(first)?.name,
    wholly: first !== undefined && waiting.length === members.length,
  };
}
