/**
 * All processes of a session (setsid(2)): what a handler started, its background children included.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';

export function processesOf(session: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && sessionOf(pid) === session);
}

/** Signals every process of the session but `spared`; returns how many there were. */
export function signalSession(session: number, signal: NodeJS.Signals, spared?: number): number {
  const members = processesOf(session).filter((pid) => pid !== spared);
  for (const pid of members) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // Gone meanwhile, or changed its ids: then only the end of its namespace reaches it.
      if (!['ESRCH', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return members.length;
}

/**
 * The sixth field of /proc/PID/stat, proc(5); the second may hold blanks and parentheses. A process
 * that ended has none.
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
