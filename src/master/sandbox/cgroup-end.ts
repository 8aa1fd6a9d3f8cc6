/** Ends every process of a control group. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../shared/system-errors.js';

/** What stops a group as a whole, so that nothing in it forks while it is killed, by version. */
export const FREEZER = {
  first: { file: 'freezer.state', stop: 'FROZEN', go: 'THAWED' },
  second: { file: 'cgroup.freeze', stop: '1', go: '0' },
} as const;
/** Rounds of killing, and milliseconds between two: what is killed takes a moment to go. */
const ROUNDS = 200;
const ROUND = 5;

/** Resolves when nothing is left, or what is left cannot be killed. Never throws. */
export async function endGroup(
  path: string,
  { file, stop, go }: (typeof FREEZER)[keyof typeof FREEZER],
): Promise<void> {
  for (let round = 0; round < ROUNDS && processesIn(path)?.length !== 0; round++) {
    if (round > 0) await delay(ROUND);
    if (tell(path, 'cgroup.kill', '1')) continue; // version 2, Linux 5.14
    tell(path, file, stop);
    const killed = processesIn(path)?.map(kill) ?? [];
    tell(path, file, go);
    if (killed.length > 0 && !killed.includes(true)) return;
  }
}

/** Undefined: they cannot be listed now, for want of a descriptor. */
function processesIn(path: string): number[] | undefined {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'latin1')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    const code = codeOf(error) ?? '';
    // the group is gone, and so are they
    return ['EMFILE', 'ENFILE'].includes(code) ? undefined : [];
  }
}

/** Whether the group has such a file, which cannot be made there, and took the word. */
function tell(path: string, file: string, word: string): boolean {
  try {
    writeFileSync(join(path, file), word);
    return true;
  } catch {
    return false;
  }
}

/** Whether it could be killed. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
