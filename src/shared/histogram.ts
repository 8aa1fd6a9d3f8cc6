/** Counts of durations, by size: what of latencies is kept, sent and shown. Pure. */

/** Upper bounds in seconds; what is longer than all of them is counted apart. */
export const BOUNDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
];

export interface Histogram {
  /** One for each bound, and one for what is longer. */
  readonly counts: readonly number[];
  /** Of all durations, in seconds. */
  readonly sum: number;
}

export const NO_DURATIONS: Histogram = { counts: [...BOUNDS, Infinity].map(() => 0), sum: 0 };

/** The index of the count in which a duration belongs. @param seconds its length */
export function bucketOf(seconds: number): number {
  const found = BOUNDS.findIndex((bound) => seconds <= bound);
  return found < 0 ? BOUNDS.length : found;
}

/** A single one. */
export function durationOf(seconds: number): Histogram {
  const bucket = bucketOf(seconds);
  return {
    counts: NO_DURATIONS.counts.map((_, index) => (index === bucket ? 1 : 0)),
    sum: seconds,
  };
}

/** Both together. */
export function sumOf(one: Histogram, other: Histogram): Histogram {
  return {
    counts: one.counts.map((count, index) => count + (other.counts[index] ?? 0)),
    sum: one.sum + other.sum,
  };
}

/** What has been added since; all of it where the earlier one is of another process. */
export function since(earlier: Histogram, now: Histogram): Histogram {
  const isEarlier = now.counts.every((count, index) => count >= (earlier.counts[index] ?? 0));
  if (!isEarlier) return now;
  return {
    counts: now.counts.map((count, index) => count - (earlier.counts[index] ?? 0)),
    sum: Math.max(0, now.sum - earlier.sum),
  };
}

export function totalOf({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Seconds within which the given share of the durations lies, estimated as if those of a bucket
 * were spread evenly. Undefined: there are none.
 */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const wanted = totalOf(histogram) * share;
  if (wanted === 0) return undefined;
  let [below, lower] = [0, 0];
  for (const [index, upper] of BOUNDS.entries()) {
    const count = histogram.counts[index] ?? 0;
    if (below + count >= wanted) return lower + ((wanted - below) / count) * (upper - lower);
    [below, lower] = [below + count, upper];
  }
  return lower;
}

/** Little-endian numbers of 32 bits. */
export function encodeCounts(counts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(counts.length * 4);
  for (const [index, count] of counts.entries()) bytes.writeUInt32LE(count, index * 4);
  return bytes;
}

/** As sent; none where it is no such thing. @param sum seconds */
export function decodeDurations(bytes: Buffer, sum: number): Histogram {
  if (bytes.length !== NO_DURATIONS.counts.length * 4) return NO_DURATIONS;
  return { counts: NO_DURATIONS.counts.map((_, index) => bytes.readUInt32LE(index * 4)), sum };
}
