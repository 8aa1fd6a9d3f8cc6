/**
 * Processor time of a program with everything that it starts, whoever waits for it: counted by a
 * control group, in which the program is started.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../src/shared/system-errors.js';
import { atEnd } from '../test/harness/temporary.js';
import type { Scope } from '../test/harness/temporary.js';
import { until } from '../test/harness/until.js';

/** Hierarchies, version 1 first, as version 2 may be there without being in use. */
const HIERARCHIES = ['/sys/fs/cgroup/cpuacct', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
const ENTER = 'echo $$ >"$1" && shift && exec "$@"';

let groups = 0;

/** It may still have processes that are ending. */
function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

export class ProcessorTime {
  private readonly group: string | undefined;

  constructor(scope: Scope) {
    const hierarchy = HIERARCHIES.find((path) => existsSync(join(path, 'cgroup.procs')));
    if (hierarchy === undefined) return;
    const group = join(hierarchy, `clsync-bench-${process.pid}-${++groups}`);
    try {
      mkdirSync(group);
    } catch {
      return; // not ours to divide
    }
    this.group = group;
    atEnd(scope, () => until('the last process of the contender ends', () => isRemoved(group)));
  }

  /** The command that runs `command` so that it is counted. */
  counting(command: readonly string[]): readonly string[] {
    return this.group === undefined
      ? command
      : ['sh', '-c', ENTER, 'sh', join(this.group, 'cgroup.procs'), ...command];
  }

  /** Seconds until now; NaN where there are no control groups to divide. */
  get seconds(): number {
    if (this.group === undefined) return NaN;
    const version1 = join(this.group, 'cpuacct.usage');
    if (existsSync(version1)) return Number(readFileSync(version1, 'latin1')) / NANOSECONDS;
    const text = readFileSync(join(this.group, 'cpu.stat'), 'latin1');
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / MICROSECONDS;
  }
}
