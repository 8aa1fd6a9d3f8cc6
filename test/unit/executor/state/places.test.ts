import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from '../../../../src/executor/state/places.js';
import type { Place } from '../../../../src/executor/state/places.js';

test('what lies together is read together, in whatever order and however far apart it is', () => {
  const file = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const at = (from: number, length: number): Place => ({ at: from, length });
  const close = Array.from({ length: 2000 }, (_, index) => at(1000 + index * 50, 40));
  const places = [...close, at(200_000, 7), at(10, 100_000), at(5, 3), at(150_000, 0), at(8, 1)];
  let reads = 0;
  const read = ({ at: from, length }: Place): Buffer => {
    reads++;
    return file.subarray(from, from + length);
  };
  assert.deepEqual(
    [...together(places, read)],
    places.map((place) => file.subarray(place.at, place.at + place.length)),
  );
  assert.equal(reads, 2 + 5);
});
