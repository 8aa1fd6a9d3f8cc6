/** Mode `simple`: every event is an entry of its own, in order. Pure. */
import type { BytePath } from '../../shared/bytes.js';
import type { Batch, Entry } from '../../shared/entry.js';
import type { BatchLimits, Consumer, Pending } from './pending.js';
import { BatchBuilder } from './batch-builder.js';
import { Slots } from './slots.js';
import type { Cursor } from './slots.js';

export class EventSequence implements Pending {
  private readonly events = new Slots<Entry>();
  private number = 0;

  get size(): number {
    return this.events.size;
  }

  add(change: Entry): void {
    this.events.append(++this.number, change);
  }

  /** Every event is taken by itself. */
  originOf(from: BytePath): BytePath {
    return from;
  }

  waitingOrigin(): undefined {
    return undefined;
  }

  /** Does nothing: this mode syncs no directory as a whole, so refusals need not be sent. */
  refuse(): void {}

  release(): void {}

  consumer(): Consumer {
    return new SequenceConsumer(this.events.cursor(), () => this.number);
  }
}

class SequenceConsumer implements Consumer {
  constructor(
    private readonly cursor: Cursor<Entry>,
    private readonly number: () => number,
  ) {}

  get size(): number {
    return this.cursor.left;
  }

  get last(): number {
    return this.number();
  }

  hasTaken(last: number): boolean {
    return (this.cursor.next?.number ?? Infinity) > last;
  }

  take(limits: BatchLimits): Batch | undefined {
    const batch = new BatchBuilder(limits);
    for (const event of batch.fitting(this.cursor)) {
      this.cursor.take();
      batch.changes.push(event);
    }
    return batch.changes.length === 0 ? undefined : batch;
  }

  /** Does nothing: this mode has a single executor, which never joins or leaves. */
  give(): void {}

  leave(): void {}
}
