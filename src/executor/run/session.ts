/**
 * Signals all processes of a session (setsid(2)): a handler and the processes it started, also
 * those in the background.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';

export function processesOf(session: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && sessionOf(pid) === session);
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

/**
 * The sixth field of /proc/PID/stat, proc(5); the second field may contain blanks and parentheses.
 * Undefined for a process that has ended.
 */
function sessionOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(session);
  } catch {
    return undefined;
  }
}
