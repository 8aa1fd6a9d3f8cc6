/** Ends every process of a control group. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../shared/system-errors.js';

/**
 * The file that freezes a group, by version of the hierarchy. A frozen process cannot fork while
 * the group is killed.
 */
export const FREEZER = {
  first: { file: 'freezer.state', stop: 'FROZEN', go: 'THAWED' },
  second: { file: 'cgroup.freeze', stop: '1', go: '0' },
} as const;
/** Milliseconds between two rounds of killing: a killed process takes a moment to end. */
const ROUND = 5;

/**
 * Kills every process of the group. Resolves when no process is left, or those left cannot be
 * killed or do not end. Never throws. @param patience milliseconds
 */
export async function endGroup(
  path: string,
  { file, stop, go }: (typeof FREEZER)[keyof typeof FREEZER],
  patience: number,
): Promise<void> {
  for (let waited = 0; waited <= patience && processesIn(path)?.length !== 0; waited += ROUND) {
    if (waited > 0) await delay(ROUND);
    if (tell(path, 'cgroup.kill', '1')) continue; // version 2, Linux 5.14
    tell(path, file, stop);
    const killed = processesIn(path)?.map(kill) ?? [];
    tell(path, file, go);
    if (killed.length > 0 && !killed.includes(true)) return;
  }
}

/** The processes of the group; undefined: no descriptor is free to list them. */
function processesIn(path: string): number[] | undefined {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'latin1')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    const code = codeOf(error) ?? '';
    // the group has been removed, so it has no processes
    return ['EMFILE', 'ENFILE'].includes(code) ? undefined : [];
  }
}

/**
 * Writes a word to a file of the group. Returns false when the file does not exist or refuses the
 * word.
 */
function tell(path: string, file: string, word: string): boolean {
  try {
    writeFileSync(join(path, file), word);
    return true;
  } catch {
    return false;
  }
}

/** Kills a process. Returns whether it may be killed; true if it has ended already. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
