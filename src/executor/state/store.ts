/**
 * The marks in the two segments of `--state-dir`: which of them counts, what is done when it is
 * damaged or cannot be written, and the copy without what no longer counts.
 */
import { fstatSync } from 'node:fs';
import { ClsyncError } from '../../shared/errors.js';
import { systemReason } from '../../shared/system-errors.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Report } from '../../shared/report.js';
import { Records } from '../../shared/state/records.js';
import { Marks } from './marks.js';
import { Kind, encode, recordOf } from './records.js';
import { encodeRows } from './rows.js';
import { Damage, Segment } from './segment.js';
import type { Usage } from './usage.js';

/** Bytes of a segment that are never too many, and how many times what counts are. */
const SMALL = 16 << 20;
const TIMES = 3;
/** Directories copied before the event loop has a turn. */
const TURN = 64;
/** Milliseconds after which what was settled is on the disk. */
const LAZY = 2000;

export class Store {
  marks: Marks;
  private segment: Segment;
  private active = 0;
  private readonly files: readonly [number, number];
  private readonly id: string;
  /** It cannot be written: nothing is any longer. */
  private isBroken = false;
  /** What is written while the other segment is made; undefined: it is not. */
  private meanwhile: Buffer[] | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param files as in `STATE_FILES` */
  constructor(
    [records, first, second]: readonly number[],
    private readonly context: { readonly report: Report; readonly usage: Usage },
  ) {
    this.files = [first as number, second as number];
    this.id = String(Records.open(records as number).get('id'))
      .padEnd(36)
      .slice(0, 36);
    this.marks = this.newMarks();
    const answered = context.usage.begin();
    this.segment = this.open();
    answered();
  }

  private newMarks(): Marks {
    return new Marks({
      segment: () => this.segment,
      written: (record) => this.meanwhile?.push(record),
    });
  }

  private open(): Segment {
    const heads = this.files.map((file) => Segment.headOf(file, this.id));
    const epochs = heads.map((head) => (head?.isComplete === true ? head.epoch : 0));
    this.active = (epochs[1] as number) > (epochs[0] as number) ? 1 : 0;
    const epoch = epochs[this.active] as number;
    // Where none counts, one that cannot be told is not one that was never written.
    const odd = heads.findIndex((head, index) => head === undefined && !this.isEmpty(index));
    if (epoch === 0 && odd >= 0) return this.anew(odd, 'its head', 1);
    if (epoch === 0) return Segment.make(this.files[0], this.id, 1, true);
    const other = this.files[1 - this.active] as number;
    try {
      const segment = Segment.read(
        this.files[this.active] as number,
        this.id,
        epoch,
        (record, at, read) => {
          this.segment = read;
          this.marks.learn(record, at);
        },
      );
      this.marks.forgetWalks();
      // The copy that was not finished, or what there was before one.
      Segment.empty(other);
      return segment;
    } catch (error) {
      if (!(error instanceof Damage) && !(error instanceof RangeError)) throw error;
      return this.anew(this.active, error.message, epoch + 1);
    }
  }

  /** Leaves a damaged one as it is, and begins with the other. @param where it is damaged */
  private anew(damaged: number, where: string, epoch: number): Segment {
    this.context.report(
      'warning',
      `--state-dir: marks-${damaged} is damaged (${where}): it is set aside, and everything is synced`,
    );
    this.marks = this.newMarks();
    this.active = 1 - damaged;
    return Segment.make(this.files[this.active] as number, this.id, epoch, true);
  }

  private isEmpty(index: number): boolean {
    return fstatSync(this.files[index] as number).size === 0;
  }

  /** Does what reads or writes marks, unless they cannot be written any longer. */
  attempt(action: () => void): void {
    if (this.isBroken) return;
    const answered = this.context.usage.begin();
    try {
      action();
    } catch (error) {
      this.fail(error);
    } finally {
      answered();
    }
  }

  /** What was settled need not be on the disk at once: without it, it is synced once more. */
  flush(): void {
    this.segment.flush();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.sync();
    }, LAZY).unref();
  }

  /** Resolves when all that was written is on the disk, or cannot be. */
  async sync(): Promise<void> {
    if (this.isBroken) return;
    const answered = this.context.usage.begin();
    try {
      await this.segment.sync();
    } catch (error) {
      this.fail(error);
    } finally {
      answered();
    }
  }

  /** As `sync`, before it returns. */
  syncNow(): void {
    this.attempt(() => this.segment.syncNow());
  }

  /** Begins to copy what counts into the other segment, where much in this one does not. */
  shrink(): void {
    if (this.isBroken || this.meanwhile !== undefined) return;
    if (this.segment.size < SMALL + TIMES * this.marks.bytes) return;
    this.meanwhile = [];
    this.copy()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.meanwhile = undefined));
  }

  private async copy(): Promise<void> {
    const other = 1 - this.active;
    const file = this.files[other] as number;
    const copy = Segment.make(file, this.id, this.segment.epoch + 1, false);
    const marks = new Marks({
      segment: () => copy,
      written: (record) => this.meanwhile?.push(record),
    });
    const take = (record: Buffer): void => marks.learn(record, copy.append(record));
    let copied = 0;
    for (const [path, rows] of this.marks.all()) {
      take(encode(recordOf(Kind.directory, { path, rows: encodeRows(rows) })));
      if (++copied % TURN === 0) await nextTurn();
      if (this.isBroken) return;
    }
    if (this.marks.hasBase) take(encode(recordOf(Kind.base, {})));
    await copy.sync();
    // Walks that have begun meanwhile are in the former segment alone.
    if (this.marks.isFinding) return Segment.empty(file);
    for (const record of this.meanwhile ?? []) take(record);
    marks.lastWalk = this.marks.lastWalk;
    copy.complete(true);
    [this.segment, this.marks, this.active] = [copy, marks, other];
    Segment.empty(this.files[1 - other] as number);
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.sync();
  }

  /** What is on the disk is no longer right: the next start must not believe it. */
  private fail(error: unknown): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.context.report('error', new ClsyncError('STATE_UNWRITABLE', systemReason(error)).message);
    try {
      this.segment.complete(false);
    } catch {
      // a disk that takes nothing any more keeps what it has: see below
    }
  }
}
