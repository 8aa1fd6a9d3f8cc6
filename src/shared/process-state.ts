/** What a process is doing: proc(5), files that answer whatever the process waits for. */
import { readFileSync, readdirSync } from 'node:fs';
import { fromBuffer } from './bytes.js';
import type { BytePath } from './bytes.js';

export interface ProcessFacts {
  readonly name: BytePath;
  readonly parent: number;
  readonly session: number;
  /** It has come to its end, and is torn down. */
  readonly isExiting: boolean;
}

/** PF_EXITING of linux/sched.h, in proc(5). */
const EXITING = 4;

/** The processes that this one can see. */
export function allProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** Undefined: there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    const { name, fields } = statOf(`/proc/${pid}`);
    const [, parent, , session, , , flags] = fields;
    const isExiting = (Number(flags) & EXITING) !== 0;
    return { name, parent: Number(parent), session: Number(session), isExiting };
  } catch {
    return undefined;
  }
}

/** All its threads have ended: only its exit status may be left. */
export function isOver(pid: number): boolean {
  return threadsOf(pid).every((state) => ENDED.includes(state));
}

/**
 * Whether a thread waits in the kernel and cannot be interrupted: mostly a moment for a disk, but
 * for ever where a file system does not answer, and then no signal ends it.
 */
export function waits(pid: number): boolean {
  return threadsOf(pid).includes('D');
}

const ENDED = ['Z', 'X'];

/** States of its threads: the first may have ended before the others. */
function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => stateOf(`/proc/${pid}/task/${task}`));
  } catch {
    return [];
  }
}

/** None for a thread that has ended. */
function stateOf(directory: string): string[] {
  try {
    return statOf(directory).fields.slice(0, 1);
  } catch {
    return [];
  }
}

/** The name may contain blanks and parentheses. */
function statOf(directory: string): { name: BytePath; fields: string[] } {
  const stat = fromBuffer(readFileSync(`${directory}/stat`));
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  return {
    name: stat.slice(open + 1, close) as BytePath,
    fields: stat.slice(close + 2).split(' '),
  };
}
