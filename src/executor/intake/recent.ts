/**
 * Remembers which paths were synced in the last seconds, and when the last sync of each began.
 * Pure; times in milliseconds since the epoch.
 */
import type { BytePath } from '../../shared/bytes.js';

/** Milliseconds: a path is remembered for at least this long, and at most twice as long. */
const GENERATION = 5000;
/** Paths of one generation; further ones are not remembered, so that memory is bounded. */
const MOST = 100_000;

export class Recent {
  private younger = new Map<BytePath, number>();
  private older: ReadonlyMap<BytePath, number> = new Map();
  private began = -Infinity;

  /** To be called when a sync of these paths begins. */
  note(paths: Iterable<BytePath>, now: number): void {
    if (now - this.began > GENERATION || now < this.began) {
      this.older = now - this.began > 2 * GENERATION ? new Map() : this.younger;
      this.younger = new Map();
      this.began = now;
    }
    for (const path of paths)
      if (this.younger.size < MOST || this.younger.has(path)) this.younger.set(path, now);
  }

  /** When the last sync of this path began; undefined: none is remembered. */
  since(path: BytePath): number | undefined {
    return this.younger.get(path) ?? this.older.get(path);
  }
}
