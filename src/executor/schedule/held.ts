/**
 * Held paths: they failed alone, or changed during their sync. Each waits for a try of its own, so
 * that it does not delay the others. Times in milliseconds.
 */
import { isBeneath } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, coalesce } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Held } from './backlog.js';

export class HeldPaths {
  private readonly paths = new Map<BytePath, Held>();
  /** When the first is due; undefined: to be computed. */
  private first: number | undefined = Infinity;

  get all(): ReadonlyMap<BytePath, Held> {
    return this.paths;
  }

  get size(): number {
    return this.paths.size;
  }

  hold(entry: Entry, wait: Omit<Held, 'entry'>): void {
    const held = this.paths.get(entry.path);
    this.paths.set(entry.path, {
      ...wait,
      entry: held === undefined ? entry : coalesce(held.entry, entry),
    });
    this.first = undefined;
  }

  /** Paths that failed alone. */
  get failing(): BytePath[] {
    return [...this.paths].filter(([, { failing }]) => failing).map(([path]) => path);
  }

  /**
   * Makes the entries of failing paths beneath these directories recursive, as a recursive sync of
   * a directory leaves them out.
   */
  widenBeneath(directories: ReadonlySet<BytePath>): void {
    for (const [path, held] of this.paths) {
      if (held.failing && isBeneath(path, directories))
        this.paths.set(path, {
          ...held,
          entry: { ...held.entry, flags: held.entry.flags | EntryFlag.recursive },
        });
    }
  }

  /** Joins a change with the held entry of its path; returns false when the path is not held. */
  join(entry: Entry): boolean {
    const held = this.paths.get(entry.path);
    if (held === undefined) return false;
    this.paths.set(entry.path, {
      ...held,
      entry: coalesce(held.entry, entry),
      due: Math.min(held.due, held.dueIfChanged),
    });
    this.first = undefined;
    return true;
  }

  remove(path: BytePath): void {
    if (this.paths.delete(path)) this.first = undefined;
  }

  nextDue(): number {
    this.first ??= this.earliest();
    return this.first;
  }

  takeDue(now: number, most: number): Entry[] {
    const taken: Entry[] = [];
    for (const [path, { entry, due }] of this.paths) {
      if (taken.length >= most) break;
      if (due > now) continue;
      taken.push(entry);
      this.paths.delete(path);
    }
    this.first = undefined;
    return taken;
  }

  takeWanted(isWanted: (entry: Entry) => boolean): Entry[] {
    const taken = [...this.paths.values()].map(({ entry }) => entry).filter(isWanted);
    for (const { path } of taken) this.paths.delete(path);
    this.first = undefined;
    return taken;
  }

  release(due: number): void {
    for (const [path, held] of this.paths)
      if (held.due > due) this.paths.set(path, { ...held, due });
    this.first = undefined;
  }

  private earliest(): number {
    let first = Infinity;
    for (const { due } of this.paths.values()) first = Math.min(first, due);
    return first;
  }
}
