/**
 * `--verify-interval` and `clsync ctl verify`: compares source and destination again and again, or
 * when that is asked for, and tells what differs and is not about to be synced. Changes nothing.
 */
import type { BytePath } from '../shared/bytes.js';
import type { Difference, Verification } from '../shared/verification.js';
import type { Failure } from './modes/failure.js';
import type { Verified } from './modes/verified.js';
import { Overlap } from './schedule/overlap.js';

/** How often what differs is compared again, once the changes known by then are synced. */
const ROUNDS = 2;
/** Differences that are named, and characters of their lines. */
const [NAMED, LENGTH] = [20, 16_384] as const;

/** As in the message `verified`. */
export interface Compared {
  readonly differences: number;
  readonly failures: number;
  readonly milliseconds: number;
  readonly rows: string;
}

export interface ComparisonsContext {
  /** Milliseconds; 0: none. */
  interval(): number;
  /** Whether nothing can be compared now. */
  isOff(): boolean;
  verify(how: Verification, among?: readonly BytePath[]): Promise<Verified | Failure>;
  /** Resolves when all that has happened is known. */
  quiet(): Promise<void>;
  /** Paths that wait, or are being synced. */
  pending(): Iterable<BytePath>;
  /** Whether it was synced a moment ago. */
  isRecent(path: BytePath): boolean;
  /** Whether what only the destination has stays there for now. */
  keepsExtra(): boolean;
  now(): number;
  tell(compared: Compared): void;
  answer(serial: number, outcome: Outcome | Failure | undefined): void;
  failed(failure: Failure): void;
}

/** What was asked for. */
export interface Outcome {
  readonly differences: readonly Difference[];
  readonly failures: Verified['failures'];
}

export class Comparisons {
  /** The one that runs, or ran last. */
  private last: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly context: ComparisonsContext) {}

  /** Begins to wait for the first. */
  start(): void {
    const interval = this.context.interval();
    if (interval === 0) return;
    this.timer = setTimeout(() => void this.next(), interval);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async next(): Promise<void> {
    const outcome = await this.ask(false);
    if (outcome !== undefined && 'ending' in outcome) this.context.failed(outcome);
    if (!this.isStopped) this.start();
  }

  /** Answers with `compared`. */
  ordered(serial: number, checksum: boolean): void {
    void this.ask(checksum).then((outcome) => this.context.answer(serial, outcome));
  }

  /** Compares once. Resolves with undefined where nothing can be compared now. */
  private ask(checksum: boolean): Promise<Outcome | Failure | undefined> {
    const compared = this.last.then(() => this.compare({ checksum, repair: false }));
    this.last = compared;
    return compared;
  }

  private async compare(how: Verification): Promise<Outcome | Failure | undefined> {
    if (this.isStopped || this.context.isOff()) return undefined;
    const began = this.context.now();
    let failures: Verified['failures'] = [];
    let left: readonly Difference[] | undefined;
    for (let round = 0; round <= ROUNDS && left?.length !== 0; round++) {
      const among = left?.map(({ path }) => path);
      const verified = await this.context.verify(how, among);
      if (this.isStopped || this.context.isOff()) return undefined;
      if ('ending' in verified) return verified;
      if (round === 0) ({ failures } = verified);
      left = await this.lasting(verified.differences);
    }
    const milliseconds = Math.round(this.context.now() - began);
    const differences = left ?? [];
    this.context.tell({
      differences: differences.length,
      failures: failures.length,
      milliseconds,
      rows: linesOf(differences),
    });
    return { differences, failures };
  }

  /** Without what is about to be synced, or has just been. */
  private async lasting(differences: readonly Difference[]): Promise<Difference[]> {
    if (differences.length === 0) return [];
    await this.context.quiet();
    const pending = new Overlap(this.context.pending());
    const keepsExtra = this.context.keepsExtra();
    return differences.filter(
      ({ path, what }) =>
        !(keepsExtra && (what.includes('extra') || what.includes('type'))) &&
        !pending.touches(path) &&
        !this.context.isRecent(path),
    );
  }
}

function linesOf(differences: readonly Difference[]): string {
  let rows = '';
  for (const difference of differences.slice(0, NAMED)) {
    const row = `${JSON.stringify(difference)}\n`;
    if (rows.length + row.length > LENGTH) break;
    rows += row;
  }
  return rows;
}
