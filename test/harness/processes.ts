/** What runs on this machine, as /proc shows it (proc(5)). Reads only. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks after boot: with the pid it names a process for ever. */
  readonly started: number;
  /** `Z` for one that has ended and waits for its parent. */
  readonly state: string;
  /** Words of the command line joined by blanks. */
  readonly command: string;
}

export function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== undefined);
}

export function readProcess(pid: number): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const command = read(`/proc/${pid}/cmdline`);
  if (stat === undefined || command === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    state: fields[0] ?? '?',
    parent: number(1),
    session: number(3),
    started: number(19),
    command: command.replaceAll('\0', ' ').trim(),
  };
}

/** Every process that has `pid` as an ancestor. */
export function descendants(pid: number): ProcessInfo[] {
  const processes = allProcesses();
  const found: ProcessInfo[] = [];
  for (let parents = new Set([pid]); parents.size > 0;) {
    const children = processes.filter((process) => parents.has(process.parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

/** Whether this very process, not a later one with its number, still runs. */
export function isRunning(process: ProcessInfo): boolean {
  const now = readProcess(process.pid);
  return now !== undefined && now.started === process.started && now.state !== 'Z';
}

/**
 * Processes other than this one that have `text` in their command line, environment, or as a
 * directory they work in.
 */
export function mentioning(text: string): ProcessInfo[] {
  return allProcesses().filter(
    ({ pid, state, command }) =>
      pid !== process.pid &&
      state !== 'Z' &&
      (command.includes(text) ||
        link(`/proc/${pid}/cwd`)?.startsWith(text) ||
        read(`/proc/${pid}/environ`)?.includes(text)),
  );
}

/** KILLs the processes given, as long as they are still the ones that were meant. */
export function killAll(processes: readonly ProcessInfo[]): void {
  for (const target of processes) {
    try {
      if (isRunning(target)) process.kill(target.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function read(path: string): string | undefined {
  return orGone(() => readFileSync(path, 'latin1'));
}

function link(path: string): string | undefined {
  return orGone(() => readlinkSync(path));
}

/** A process may end at any moment, and those of other users keep some files to themselves. */
function orGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (
      ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
    )
      return undefined;
    throw error;
  }
}
