/**
 * The parts of the program that have run, as V8 counts them: distinguishes inputs that reach new
 * code.
 */
import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

const OURS = /\/dist\/src\//;

export class Coverage {
  private readonly session = new Session();
  private readonly seen = new Set<string>();

  constructor() {
    this.session.connect();
    this.post('Profiler.enable');
    this.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The parts that have run since the last call and are not in `learned`. */
  news(): string[] {
    const found: string[] = [];
    const { result } = this.post(
      'Profiler.takePreciseCoverage',
    ) as Profiler.TakePreciseCoverageReturnType;
    for (const { scriptId, url, functions } of result) {
      if (!OURS.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) found.push(`${scriptId}:${startOffset}:${endOffset}`);
      }
    }
    return found.filter((part) => !this.seen.has(part));
  }

  learn(parts: readonly string[]): void {
    for (const part of parts) this.seen.add(part);
  }

  close(): void {
    this.session.disconnect();
  }

  /** Calls the inspector, which answers a session in its own thread synchronously. */
  private post(method: string, parameters?: object): unknown {
    let answer: unknown;
    this.session.post(method, parameters, (error: Error | null, result: unknown) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}
