/**
 * Names of inodes that came alone. The names of one are told together, but may arrive in several
 * batches, or wait for different reasons; what was synced alone is then another object than the
 * names that come later. So a name that was synced is added to those that come later: a handler
 * with both makes them one. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { foundEntry } from '../intake/own-entries.js';
import { EVERY } from './together.js';
import type { KeyOf } from './together.js';

/** Most inodes that are remembered: parts of a group follow one another soon. */
const MOST = 16_384;
/** Names of one that are remembered: some are gone when others come. */
const NAMES = 4;

export class Split {
  /** By the key: names that were in hand, the latest last. */
  private readonly earlier = new Map<string, readonly BytePath[]>();

  /**
   * Returns what is to be synced together with these, and remembers them.
   * @param keys those of the paths in hand
   * @param keyOf as `Mode.keyOf`
   */
  join(keys: ReadonlyMap<BytePath, string>, keyOf: KeyOf): Entry[] {
    const latest = new Map<string, BytePath>();
    for (const [path, key] of keys) if (key !== EVERY) latest.set(key, path);
    const joined: Entry[] = [];
    for (const [key, path] of latest) {
      const names = this.earlier.get(key)?.filter((name) => name !== path) ?? [];
      if (!names.some((name) => keys.get(name) === key)) {
        const found = names.map(foundEntry).findLast((entry) => keyOf(entry) === key);
        if (found !== undefined) joined.push(found);
      }
      this.remember(key, [...names, path].slice(-NAMES));
    }
    return joined;
  }

  private remember(key: string, names: readonly BytePath[]): void {
    this.earlier.delete(key);
    this.earlier.set(key, names);
    if (this.earlier.size <= MOST) return;
    for (const [oldest] of this.earlier) return void this.earlier.delete(oldest);
  }
}
