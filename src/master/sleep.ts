/** Waits in small steps, and what is left of daemons that were killed. */
import { isOver, processFacts } from '../shared/process-state.js';
import { codeOf } from '../shared/system-errors.js';

/**
 * Milliseconds for which a start waits for what another daemon holds: one that runs may just end;
 * what is left of one that was killed (its monitor) takes its time on a busy machine. And between
 * two looks.
 */
const HELD = { running: 500, over: 10_000 } as const;
export const LOOK = 20;

/** @param pid of the daemon that holds it; undefined: it is not known */
export function patienceFor(pid: number | undefined): number {
  return pid !== undefined && isRunning(pid) ? HELD.running : HELD.over;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  // Where /proc shows no processes of others, it counts as running.
  return processFacts(pid) === undefined || !isOver(pid);
}

/** Blocks the whole process, which has nothing else to do then. */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Whether it holds within `all` milliseconds, asked every `one`; the process is blocked meanwhile.
 */
export function holdsSoon(
  holds: () => boolean,
  { all, one }: { readonly all: number; readonly one: number },
): boolean {
  for (const end = performance.now() + all; !holds(); sleep(one))
    if (performance.now() >= end) return false;
  return true;
}
