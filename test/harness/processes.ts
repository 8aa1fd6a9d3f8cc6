/** Reads the processes of this machine from /proc (proc(5)). */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Start time in clock ticks after boot; together with the pid it is unique. */
  readonly started: number;
  /** `Z`: it has ended, and its parent has not yet waited for it. */
  readonly state: string;
  /** The arguments, joined by blanks. */
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

/** Whether this process still runs; false if another process now has its pid. */
export function isRunning(process: ProcessInfo): boolean {
  const now = readProcess(process.pid);
  return now !== undefined && now.started === process.started && now.state !== 'Z';
}

/** For error messages: a line for each of the first ones. */
export function describeProcesses(processes: readonly ProcessInfo[], limit = 30): string {
  const lines = processes
    .slice(0, limit)
    .map(
      ({ pid, parent, state, command }) =>
        `  ${pid} of ${parent}, ${state} ${read(`/proc/${pid}/wchan`) ?? ''}: ${command.slice(0, 200)}`,
    );
  return [`--- ${processes.length} processes`, ...lines].join('\n');
}

/** The content of a file of /proc/PID as latin1; empty when the process has ended. */
export function readOf(pid: number, file: string): string {
  return read(`/proc/${pid}/${file}`) ?? '';
}

/** The numbers of its threads; none when the process has ended. */
export function tasksOf(pid: number): readonly string[] {
  return orGone(() => readdirSync(`/proc/${pid}/task`)) ?? [];
}

/** Where the descriptors of a process lead, by their numbers; of those that it keeps meanwhile. */
export function descriptorsOf(pid: number): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const fd of orGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
    const target = link(`/proc/${pid}/fd/${fd}`);
    if (target !== undefined) found.set(Number(fd), target);
  }
  return found;
}

/**
 * Other processes that have `text` in their command line or environment, or whose working directory
 * begins with it.
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

/** Sends KILL to these processes, unless another process now has the pid. */
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

const GONE = ['ENOENT', 'ESRCH', 'EINVAL', 'EACCES', 'EPERM', 'ENAMETOOLONG'];

/**
 * Undefined when the process has ended meanwhile, its file is not readable for this user, or the
 * kernel cannot tell its working directory, whose path is too long.
 */
function orGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (GONE.includes(code)) return undefined;
    throw error;
  }
}
