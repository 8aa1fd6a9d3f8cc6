/** Changes inputs at random, in ways that find faults in decoders. */
import type { Random } from '../convergence/random.js';

/** Numbers at which code for lengths and counts often fails. */
const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x7fff, 0xffff, 0x10000, 0x3fffff, 0x400000, 0x400001,
  0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
const LONGEST = 1 << 14;

type Change = (
  input: Buffer,
  random: Random,
  others: readonly Buffer[],
  words: readonly Buffer[],
) => Buffer;

const at = (input: Buffer, random: Random): number => random.below(input.length + 1);

function splice(input: Buffer, from: number, removed: number, ...put: readonly Buffer[]): Buffer {
  return Buffer.concat([input.subarray(0, from), ...put, input.subarray(from + removed)]);
}

const CHANGES: readonly Change[] = [
  (input, random) => splice(input, at(input, random), 1, random.bytes(1)),
  (input, random) =>
    splice(input, at(input, random), random.below(8), random.bytes(random.below(8))),
  (input, random) => splice(input, at(input, random), 1 + random.below(input.length + 1)),
  (input, random) => input.subarray(0, at(input, random)),
  (input, random, _, words) =>
    words.length === 0
      ? input
      : splice(input, at(input, random), random.below(3), random.pick(words)),
  (input, random, others) =>
    splice(input, at(input, random), random.below(input.length + 1), random.pick(others)),
  // Repeats a part many times.
  (input, random) => {
    const from = at(input, random);
    const part = input.subarray(from, from + 1 + random.below(32));
    return splice(input, from, 0, ...Array.from({ length: 1 << random.below(12) }, () => part));
  },
  (input, random) => {
    if (input.length < 4) return input;
    const changed = Buffer.from(input);
    const offset = random.below(input.length - 3);
    const value =
      random.below(2) === 0
        ? random.pick(EDGES)
        : changed.readUInt32LE(offset) + random.below(3) - 1;
    changed.writeUInt32LE(value >>> 0, offset);
    return changed;
  },
  (input, random) => {
    if (input.length === 0) return input;
    const changed = Buffer.from(input);
    const offset = random.below(input.length);
    changed[offset] = (changed[offset] as number) ^ (1 << random.below(8));
    return changed;
  },
];

/** Changes an input. @param words the format's keywords and separators */
export function mutate(
  input: Buffer,
  random: Random,
  others: readonly Buffer[],
  words: readonly Buffer[],
): Buffer {
  let result = input;
  for (let changes = 1 << random.below(4); changes > 0; changes--)
    result = random.pick(CHANGES)(result, random, others, words).subarray(0, LONGEST);
  return Buffer.from(result);
}
