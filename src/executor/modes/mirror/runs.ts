/**
 * Runs of the C part. A run that is to end, or has taken too long, is told to stop; where a file
 * system hangs it does not, and is left to its thread.
 */
import { native } from '../../../shared/native.js';
import type { MirrorHandle, RulesHandle } from '../../../shared/native.js';
import { decodeAnswer, encodeRows } from './wire.js';
import type { MirrorAnswer, MirrorRow } from './wire.js';

/** Milliseconds between two reports of how far a run is. */
const REPORTED = 250;
/** Milliseconds that a run which was told to stop has to end. */
const GRACE = 200;

export interface RunCall {
  readonly rows: readonly MirrorRow[];
  /** Paths in byte order, each ended by NUL, see `mirrorRun`. */
  readonly skipped: Buffer;
  readonly contents: Buffer;
  readonly rules: RulesHandle | undefined;
  /** Bits of `RunOption`. */
  readonly options: number;
  /** The name of the directory of old versions. */
  readonly stamp: Buffer;
  /** Milliseconds; 0: any. */
  readonly timeout: number;
}

/** `hangs`: it was told to stop, and has not. */
export type RunEnd = MirrorAnswer | 'hangs';

export class Runs {
  private readonly underWay = new Set<() => void>();

  /** @param progress told while a run goes on: names looked at, and names known so far */
  constructor(
    private readonly handle: MirrorHandle,
    private readonly progress: (looked: number, known: number) => void,
  ) {}

  /**
   * Resolves with its answer, which says what was stopped.
   * @param begun called with what makes it begin no further directory
   */
  run(
    { rows, skipped, contents, rules, options, stamp, timeout }: RunCall,
    begun?: (leave: () => void) => void,
  ): Promise<RunEnd> {
    return new Promise((resolve) => {
      const timers: NodeJS.Timeout[] = [];
      const end = (how: RunEnd): void => {
        for (const timer of timers) clearTimeout(timer);
        this.underWay.delete(stop);
        resolve(how);
      };
      const number = native.mirrorRun(
        this.handle,
        encodeRows(rows),
        skipped,
        contents,
        rules,
        options,
        stamp,
        (answer) => end(decodeAnswer(answer)),
      );
      const stop = (): void => {
        native.mirrorStop(this.handle, number);
        timers.push(setTimeout(() => end('hangs'), GRACE));
      };
      this.underWay.add(stop);
      // What is done ahead is no part of what is told.
      if (begun === undefined) timers.push(setInterval(() => this.tell(number), REPORTED));
      else begun(() => native.mirrorLeave(this.handle, number));
      if (timeout > 0) timers.push(setTimeout(stop, timeout));
    });
  }

  /** All runs are over within a fraction of a second. */
  stop(): void {
    for (const stop of this.underWay) stop();
  }

  close(): void {
    this.stop();
    native.mirrorClose(this.handle);
  }

  private tell(run: number): void {
    const [looked, known] = native.mirrorProgress(this.handle, run) ?? [0, 0];
    if (known > 0) this.progress(looked, known);
  }
}
