/**
 * Reads the output of an rsync with arguments of our choice: progress becomes numbers, error
 * messages are kept for the log.
 */
import { display, fromBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { Complaints, LONGEST_LINE } from '../../run/complaints.js';
import { Lines } from '../../run/lines.js';
import type { Output } from '../../run/running-program.js';
import { addNames } from './names.js';

/** Of `--info=progress2`: "(xfr#5, to-chk=120/2000)", with `ir-chk` while the total still grows. */
const PROGRESS = /(?:to|ir)-chk=(\d+)\/(\d+)\)[^)]*$/;
/** Written for every name that vanishes while rsync runs; this is not an error. */
const VANISHED = /^(?:file|directory) has vanished: /;
/**
 * Most lines that are kept until the outcome shows how serious they are; further lines are counted.
 */
const KEPT_LINES = 200;

export class RsyncOutput implements Output {
  private readonly lines: string[] = [];
  private dropped = 0;
  private readonly cut = new Lines(LONGEST_LINE);
  /** Paths in its error messages, as far as they can be recognised. */
  readonly named = new Set<BytePath>();
  /** Receives each line, too. */
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

  /** Its error messages, one string for each line; how serious they are depends on how it ended. */
  complaints(): string[] {
    for (const line of this.cut.last()) this.keep(line);
    const lines = this.lines.map((line) => `rsync: ${line.replace(/^rsync: /, '')}`);
    return this.dropped > 0 ? [...lines, `rsync: and ${this.dropped} lines more`] : lines;
  }

  private keep(line: BytePath): void {
    this.refusals.look(line);
    if (line === '' || VANISHED.test(line)) return;
    addNames(this.named, line);
    if (this.lines.length < KEPT_LINES) this.lines.push(display(line));
    else this.dropped++;
  }
}
