/**
 * Modification signatures (`--modification-signature`): for each path the hash of the chosen fields
 * of its lstat(2) at the last sync. Kept as 16 bytes a slot, at most two thirds full: 24 to 48
 * bytes a file whatever its path's length. Two paths share a slot with a probability of 2^-64.
 * Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import { pathHash } from './path-hash.js';
import type { Words } from './path-hash.js';

/** Words of a slot: two of the path's hash (both zero: empty), two of the signature. */
const WORDS = 4;
const FIRST_SLOTS = 1024;

export class Signatures {
  private table = new Uint32Array(FIRST_SLOTS * WORDS);
  private used = 0;
  private readonly key = newKey();

  /**
   * Remembers a path's signature; returns whether it differs from the one before, or is the first.
   */
  changed(path: BytePath, low: number, high: number): boolean {
    const hash = this.hash(path);
    const at = this.find(hash);
    const known = this.occupied(at);
    if (known && this.table[at + 2] === low && this.table[at + 3] === high) return false;
    this.table[at + 2] = low;
    this.table[at + 3] = high;
    if (known) return true;
    [this.table[at], this.table[at + 1]] = hash;
    this.used++;
    if (this.used * 3 > (this.table.length / WORDS) * 2) this.grow();
    return true;
  }

  /**
   * Nothing stands at the path any longer: whatever comes there next is a change. Keeps the slot.
   */
  drop(path: BytePath): void {
    const at = this.find(this.hash(path));
    if (this.occupied(at)) this.table[at + 2] = this.table[at + 3] = 0;
  }

  /** Never both zero. */
  private hash(path: BytePath): Words {
    const [first, second] = pathHash(path, this.key);
    return [first, second || 1];
  }

  private occupied(at: number): boolean {
    return this.table[at] !== 0 || this.table[at + 1] !== 0;
  }

  private find([first, second]: Words): number {
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

/** Both words of a random key, as who chooses paths must not know which fall together. */
function newKey(): Words {
  const [first = 0, second = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [first, second];
}
