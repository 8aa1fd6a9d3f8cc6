/**
 * The entries of a queue by path, in the order in which they came. Where only some can be taken,
 * each lane (src/shared/lanes.ts) has its share, and in it what came first is first. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';
import { isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { laneOf, sharesOf } from '../../shared/lanes.js';

/** A lane with more entries is heavy, and one with a directory that is synced whole. */
const MANY = 1024;

interface Lane {
  readonly paths: Set<BytePath>;
  /** How many of them are synced whole. */
  whole: number;
}

export class Lanes {
  private readonly entries = new Map<BytePath, Entry>();
  private readonly lanes = new Map<BytePath, Lane>();

  get size(): number {
    return this.entries.size;
  }

  has(path: BytePath): boolean {
    return this.entries.has(path);
  }

  get(path: BytePath): Entry | undefined {
    return this.entries.get(path);
  }

  /** An entry of the same path is replaced in its place. */
  set(entry: Entry): void {
    const { path } = entry;
    const before = this.entries.get(path);
    this.entries.set(path, entry);
    const name = laneOf(path);
    const lane = this.lanes.get(name) ?? { paths: new Set(), whole: 0 };
    this.lanes.set(name, lane);
    lane.paths.add(path);
    lane.whole += wholes(entry) - wholes(before);
  }

  delete(path: BytePath): void {
    const entry = this.entries.get(path);
    if (!this.entries.delete(path)) return;
    const name = laneOf(path);
    const lane = this.lanes.get(name);
    if (lane === undefined) return;
    lane.paths.delete(path);
    lane.whole -= wholes(entry);
    if (lane.paths.size === 0) this.lanes.delete(name);
  }

  /** Adds the names of heavy and of other lanes. */
  weigh(heavy: Set<BytePath>, light: Set<BytePath>): void {
    for (const [name, { paths, whole }] of this.lanes)
      (whole > 0 || paths.size > MANY ? heavy : light).add(name);
  }

  clear(): void {
    this.entries.clear();
    this.lanes.clear();
  }

  values(): Iterable<Entry> {
    return this.entries.values();
  }

  keys(): Iterable<BytePath> {
    return this.entries.keys();
  }

  /** At most `most` entries. @param isFree whether entries of the lane may be taken */
  first(most: number, isFree?: (lane: BytePath) => boolean): Entry[] {
    if (this.size <= most && isFree === undefined) return [...this.entries.values()];
    const parts = this.parts(isFree);
    const shares = sharesOf(
      parts.map(({ size }) => size),
      most,
    );
    return parts.flatMap((paths, index) => this.firstOf(paths, shares[index] as number));
  }

  /** The free lanes. Names in the root that nothing lies beneath share one, as they may be many. */
  private parts(isFree: (lane: BytePath) => boolean = () => true): ReadonlySet<BytePath>[] {
    const alone = new Set<BytePath>();
    const parts: ReadonlySet<BytePath>[] = [alone];
    for (const [name, { paths }] of this.lanes) {
      if (!isFree(name)) continue;
      if (paths.size === 1 && paths.has(name)) alone.add(name);
      else parts.push(paths);
    }
    return parts;
  }

  private firstOf(paths: Iterable<BytePath>, most: number): Entry[] {
    const first: Entry[] = [];
    for (const path of paths) {
      if (first.length >= most) break;
      first.push(this.entries.get(path) as Entry);
    }
    return first;
  }
}

function wholes(entry: Entry | undefined): number {
  return entry !== undefined && isRecursive(entry) ? 1 : 0;
}
