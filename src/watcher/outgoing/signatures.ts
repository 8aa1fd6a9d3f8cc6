/**
 * Modification signatures (`--modification-signature`): for each path the hash of the chosen fields
 * of its lstat(2) at the last sync. Kept as 16 bytes a slot, at most two thirds full: 24 to 48
 * bytes a file whatever its path's length. Two paths share a slot with a probability of 2^-64.
 * Pure.
 */
import type { BytePath } from '../../shared/bytes.js';

/** Words of a slot: two of the path's hash (both zero: empty), two of the signature. */
const WORDS = 4;
const FIRST_SLOTS = 1024;

export class Signatures {
  private table = new Uint32Array(FIRST_SLOTS * WORDS);
  private used = 0;

  /**
   * Remembers a path's signature; returns whether it differs from the one before, or is the first.
   */
  changed(path: BytePath, low: number, high: number): boolean {
    const at = this.find(hash(path));
    const known = this.occupied(at);
    if (known && this.table[at + 2] === low && this.table[at + 3] === high) return false;
    this.table[at + 2] = low;
    this.table[at + 3] = high;
    if (known) return true;
    [this.table[at], this.table[at + 1]] = hash(path);
    this.used++;
    if (this.used * 3 > (this.table.length / WORDS) * 2) this.grow();
    return true;
  }

  /**
   * Nothing stands at the path any longer: whatever comes there next is a change. Keeps the slot.
   */
  drop(path: BytePath): void {
    const at = this.find(hash(path));
    if (this.occupied(at)) this.table[at + 2] = this.table[at + 3] = 0;
  }

  private occupied(at: number): boolean {
    return this.table[at] !== 0 || this.table[at + 1] !== 0;
  }

  private find([first, second]: readonly [number, number]): number {
    const slots = this.table.length / WORDS;
    for (let slot = first % slots; ; slot = (slot + 1) % slots) {
      const at = slot * WORDS;
      if (!this.occupied(at) || (this.table[at] === first && this.table[at + 1] === second))
        return at;
    }
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS) {
      const [first = 0, second = 0] = old.subarray(from, from + 2);
      if (first !== 0 || second !== 0)
        this.table.set(old.subarray(from, from + WORDS), this.find([first, second]));
    }
  }
}

/** Two independent 32-bit FNV-1a hashes, never both zero. */
function hash(path: BytePath): [number, number] {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let i = 0; i < path.length; i++) {
    const byte = path.charCodeAt(i);
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul(second ^ byte, 0x85ebca6b) ^ (second >>> 13);
  }
  return [first >>> 0, second >>> 0 || 1];
}
