/** A batch while it is being filled. */
import type { BytePath } from '../../shared/bytes.js';
import { creditFor, sizeOf } from '../../shared/entry.js';
import type { Batch, Entry, Refusal } from '../../shared/entry.js';
import type { BatchLimits } from './pending.js';
import type { Cursor } from './slots.js';

/** A value that waits, as far as its size in bytes matters. */
interface Item {
  readonly path: BytePath;
  readonly origin?: BytePath;
}

export class BatchBuilder implements Batch {
  readonly changes: Entry[] = [];
  readonly refused: Refusal[] = [];
  readonly released: BytePath[] = [];
  private bytes = 0;
  /** The credit that it takes. */
  credit = 0;

  constructor(private readonly limits: BatchLimits) {}

  /**
   * Gives what the cursor has next, as long as it fits into the limits. The caller must take each
   * value.
   */
  *fitting<T extends Item>(cursor: Pick<Cursor<T>, 'next'>): Iterable<T> {
    for (let slot = cursor.next; slot !== undefined; slot = cursor.next) {
      const { path, origin } = slot.value;
      const bytes = this.bytes + path.length + (origin?.length ?? 0);
      const size = sizeOf(this);
      const credit = this.credit + creditFor(slot.value);
      if (size >= this.limits.size || credit > (this.limits.credit ?? Infinity)) return;
      if (size > 0 && bytes > this.limits.bytes) return;
      yield slot.value;
      if (sizeOf(this) > size) [this.bytes, this.credit] = [bytes, credit];
    }
  }
}
