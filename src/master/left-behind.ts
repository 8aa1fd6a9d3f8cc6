/**
 * Finds processes that no signal ends: they wait in the kernel, mostly for a file system that does
 * not answer.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { display } from '../shared/bytes.js';
import { allProcesses, isOver, processFacts, waits } from '../shared/process-state.js';

export interface LeftProcess {
  readonly pid: number;
  /** For the log. */
  readonly name: string;
}

/** Milliseconds between two looks at what was killed, and for how many: the kernel takes a moment. */
const PAUSE = 10;
const PATIENCE = 150;

/** Waits until these processes, which were killed, have ended, or wait in the kernel. */
export async function settled(killed: readonly number[]): Promise<void> {
  const isSettled = (pid: number): boolean => isOver(pid) || waits(pid);
  for (let waited = 0; waited < PATIENCE && !killed.every(isSettled); waited += PAUSE)
    await delay(PAUSE);
}

/** Those among these processes and their descendants. */
export function leftBehind(tops: readonly number[]): LeftProcess[] {
  const all = allProcesses().flatMap((pid) => {
    const facts = processFacts(pid);
    return facts === undefined ? [] : [{ pid, ...facts }];
  });
  const found = new Set(tops);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all
    .filter(({ pid }) => found.has(pid) && waits(pid))
    .map(({ pid, name }) => ({ pid, name: display(name) }));
}
