/** Where records are in a segment. Those of a sync lie together, and are read together. Pure. */

export interface Place {
  readonly at: number;
  readonly length: number;
}

/** Bytes between records that are read along, and of what is read at once. */
const [GAP, MOST] = [1024, 64 << 10] as const;

/** What is at each of the places, in their order. */
export function* together(
  places: readonly Place[],
  read: (place: Place) => Buffer,
): Generator<Buffer> {
  for (let index = 0; index < places.length;) {
    const { at, length } = places[index] as Place;
    let [next, end] = [index + 1, at + length];
    for (let one = places[next]; one !== undefined && goesOn(at, end, one); one = places[next]) {
      end = one.at + one.length;
      next++;
    }
    const bytes = read({ at, length: end - at });
    for (const one of places.slice(index, next))
      yield bytes.subarray(one.at - at, one.at - at + one.length);
    index = next;
  }
}

/** Whether what is read from `at` to `end` may go on with this. */
function goesOn(at: number, end: number, { at: from, length }: Place): boolean {
  return from >= end && from <= end + GAP && from + length - at <= MOST;
}
