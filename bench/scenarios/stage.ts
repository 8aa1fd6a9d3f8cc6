/** Source and destination of a measurement, and a contender that keeps them equal. */
import type { Daemon } from '../../test/harness/daemon.js';
import { subdirectory, temporaryDirectory } from '../../test/harness/temporary.js';
import type { Scope } from '../../test/harness/temporary.js';
import { PATIENCE, allNames } from '../arrival.js';
import { isDaemon, runOnce, startDaemon } from '../contenders.js';
import type { Contender, DaemonContender, Trees } from '../contenders.js';
import { ProcessorTime } from '../processor-time.js';

export function makeTrees(scope: Scope): Trees {
  const base = temporaryDirectory(scope);
  return { source: subdirectory(base, 'source'), destination: subdirectory(base, 'destination') };
}

export function perhaps(milliseconds: number | undefined): readonly number[] {
  return milliseconds === undefined ? [] : [milliseconds];
}

/** A contender at work: a daemon in its first sync, or a program that has done its first run. */
export class Work {
  readonly began = performance.now();
  private readonly time: ProcessorTime;
  private readonly daemon: Daemon | undefined;
  private counted = 0;

  constructor(
    scope: Scope,
    private readonly contender: Contender,
    private readonly trees: Trees,
  ) {
    this.time = new ProcessorTime(scope);
    if (isDaemon(contender)) this.daemon = startDaemon(scope, contender, trees, this.time);
    else this.run();
  }

  /** Once all names are there. */
  async settled(): Promise<void> {
    if ((await allNames(this.trees, performance.now())) === undefined)
      throw new Error(
        `${this.contender.title} does not finish its first sync\n${this.daemon?.output}`,
      );
  }

  /** What no daemon does by itself; of one name of the root, if it is given. */
  run(name?: string): void {
    if (!isDaemon(this.contender)) runOnce(this.contender, this.trees, this.time, name);
  }

  /** From now on processor time is counted. */
  count(): void {
    this.counted = this.time.seconds;
  }

  get processor(): number {
    return this.time.seconds - this.counted;
  }
}

/** Runs until both trees have been compared; returns milliseconds and processor time. */
export async function runUntilCompared(
  scope: Scope,
  contender: Contender,
  trees: Trees,
): Promise<{ milliseconds: readonly number[]; processor: number }> {
  const time = new ProcessorTime(scope);
  const began = performance.now();
  if (isDaemon(contender)) await compared(scope, contender, trees, time);
  else runOnce(contender, trees, time);
  return { milliseconds: [performance.now() - began], processor: time.seconds };
}

async function compared(
  scope: Scope,
  contender: DaemonContender,
  trees: Trees,
  time: ProcessorTime,
): Promise<void> {
  const { settled, once = [] } = contender;
  const daemon = startDaemon(scope, contender, trees, time, ...once);
  if (settled === undefined) await daemon.exited;
  else await daemon.logged(settled, { every: 1, timeout: PATIENCE });
}
