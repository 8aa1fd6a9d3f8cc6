/**
 * Finds processes that no signal ends: they wait in the kernel, mostly for a file system that does
 * not answer.
 */
import { display } from '../shared/bytes.js';
import { allProcesses, processFacts, waits } from '../shared/process-state.js';

export interface LeftProcess {
  readonly pid: number;
  /** For the log. */
  readonly name: string;
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
