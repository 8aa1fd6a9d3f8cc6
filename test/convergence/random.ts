/** Random numbers that are the same for the same seed (the sfc32 generator). */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;

  /** Different `stream` numbers give unrelated sequences for one seed. */
  constructor(seed: number, stream = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** An integer from 0 to 2^32-1. */
  private next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[this.below(list.length)] as T;
  }

  /** A random row of a table; its probability is proportional to its weight. */
  weighted<T extends { readonly weight: number }>(table: readonly T[]): T {
    let rest = this.below(table.reduce((sum, { weight }) => sum + weight, 0));
    for (const entry of table) {
      rest -= entry.weight;
      if (rest < 0) return entry;
    }
    throw new RangeError('empty table');
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
