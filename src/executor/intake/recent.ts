/**
 * Paths that were in a sync lately, and when the last one that had them began. Pure; times in
 * milliseconds since the epoch.
 */
import type { BytePath } from '../../shared/bytes.js';

/** Paths are remembered so long at least, and twice as long at most. */
const GENERATION = 5000;
/** Paths of a generation: beyond, those that come are not remembered. */
const MOST = 100_000;

export class Recent {
  private younger = new Map<BytePath, number>();
  private older: ReadonlyMap<BytePath, number> = new Map();
  private began = -Infinity;

  /** A sync of these paths begins. */
  note(paths: Iterable<BytePath>, now: number): void {
    if (now - this.began > GENERATION || now < this.began) {
      this.older = now - this.began > 2 * GENERATION ? new Map() : this.younger;
      this.younger = new Map();
      this.began = now;
    }
    for (const path of paths)
      if (this.younger.size < MOST || this.younger.has(path)) this.younger.set(path, now);
  }

  since(path: BytePath): number | undefined {
    return this.younger.get(path) ?? this.older.get(path);
  }
}
