/**
 * HalfSipHash-1-3 with 64 bits of output (Aumasson and Bernstein's reference,
 * https://github.com/veorq/SipHash): a hash of paths that others choose, who do not know the key.
 * Pure.
 */
import type { BytePath } from '../../shared/bytes.js';

/** Two words of 32 bits. */
export type Words = readonly [number, number];

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

class State {
  private v0: number;
  private v1: number;
  private v2: number;
  private v3: number;

  constructor([first, second]: Words) {
    this.v0 = first | 0;
    this.v1 = second ^ 0xee;
    this.v2 = 0x6c796765 ^ first;
    this.v3 = 0x74656462 ^ second;
  }

  take(word: number, rounds: number): void {
    this.v3 ^= word;
    this.mix(rounds);
    this.v0 ^= word;
  }

  /** The output: a word for each mark. */
  end(rounds: number): Words {
    this.v2 ^= 0xee;
    this.mix(rounds);
    const first = this.v1 ^ this.v3;
    this.v1 ^= 0xdd;
    this.mix(rounds);
    return [first >>> 0, (this.v1 ^ this.v3) >>> 0];
  }

  private mix(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      this.v0 = (this.v0 + this.v1) | 0;
      this.v1 = rotated(this.v1, 5) ^ this.v0;
      this.v0 = rotated(this.v0, 16);
      this.v2 = (this.v2 + this.v3) | 0;
      this.v3 = rotated(this.v3, 8) ^ this.v2;
      this.v0 = (this.v0 + this.v3) | 0;
      this.v3 = rotated(this.v3, 7) ^ this.v0;
      this.v2 = (this.v2 + this.v1) | 0;
      this.v1 = rotated(this.v1, 13) ^ this.v2;
      this.v2 = rotated(this.v2, 16);
    }
  }
}

/** @param rounds for each word of the path, and at the end */
export function pathHash(path: BytePath, key: Words, rounds: Words = [1, 3]): Words {
  const state = new State(key);
  const { length } = path;
  let at = 0;
  for (; length - at >= 4; at += 4) state.take(wordOf(path, at, 4), rounds[0]);
  state.take((length << 24) | wordOf(path, at, length - at), rounds[0]);
  return state.end(rounds[1]);
}

/** Up to four bytes of the path, the lowest first. */
function wordOf(path: BytePath, at: number, count: number): number {
  let word = 0;
  for (let i = 0; i < count; i++) word |= path.charCodeAt(at + i) << (8 * i);
  return word;
}
