/**
 * What rsync writes while we chose its arguments: progress becomes numbers, complaints are kept for
 * the log.
 */
import { display, fromBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { Complaints, LONGEST_LINE } from '../../run/complaints.js';
import { Lines } from '../../run/lines.js';
import type { Output } from '../../run/runner.js';
import { namesIn } from './names.js';

/** Of `--info=progress2`: "(xfr#5, to-chk=120/2000)", with `ir-chk` while the total still grows. */
const PROGRESS = /(?:to|ir)-chk=(\d+)\/(\d+)\)[^)]*$/;
/** Said of every name that goes while rsync runs; nothing is wrong with it. */
const VANISHED = /^(?:file|directory) has vanished: /;
/** Complaints kept until the outcome says how grave they are; the rest is counted. */
const KEPT_LINES = 200;
/** Paths it complained of that are kept. */
const KEPT_NAMES = 10_000;

export class RsyncOutput implements Output {
  private readonly lines: string[] = [];
  private dropped = 0;
  private readonly cut = new Lines(LONGEST_LINE);
  /** What it complained of, as far as it can be read. */
  readonly named = new Set<BytePath>();
  /** Takes each line, too. */
  refusals = new Complaints(undefined, false);

  constructor(private readonly progress: (done: number, total: number) => void) {}

  stdout(chunk: Buffer): void {
    const match = PROGRESS.exec(fromBuffer(chunk));
    if (match === null) return;
    const [left, total] = [Number(match[1]), Number(match[2])];
    if (Number.isSafeInteger(total) && left <= total) this.progress(total - left, total);
  }

  stderr(chunk: Buffer): void {
    for (const line of this.cut.push(chunk)) this.keep(line);
  }

  /** What it complained of, a line each; how grave that is depends on how it ended. */
  complaints(): string[] {
    for (const line of this.cut.last()) this.keep(line);
    const lines = this.lines.map((line) => `rsync: ${line.replace(/^rsync: /, '')}`);
    return this.dropped > 0 ? [...lines, `rsync: and ${this.dropped} lines more`] : lines;
  }

  private keep(line: BytePath): void {
    this.refusals.look(line);
    if (line === '' || VANISHED.test(line)) return;
    for (const name of namesIn(line)) if (this.named.size < KEPT_NAMES) this.named.add(name);
    if (this.lines.length < KEPT_LINES) this.lines.push(display(line));
    else this.dropped++;
  }
}
