/**
 * Names of inodes that failed in a sync of a whole directory, whose other names in it were synced
 * and are no entries. Once such a name is synced, too, the directory is once more, which ties them.
 */
import type { BytePath } from '../../shared/bytes.js';
import { isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { entryBeneath } from '../intake/own-entries.js';
import { EVERY } from './together.js';
import type { KeyOf } from './together.js';

export class Untied {
  /** By the name: the directories that its other names may be in. */
  private readonly names = new Map<BytePath, readonly BytePath[]>();

  /** @param keyOf as `Mode.keyOf` */
  constructor(private readonly keyOf: KeyOf) {}

  /** A sync of these entries is over. @param failed paths beneath them, too */
  failed(entries: readonly Entry[], failed: readonly Entry[]): void {
    if (failed.length === 0) return;
    // A path that is tried again is recursive, too, whatever it is.
    const tried = new Set(failed);
    const wholes = entries
      .filter((entry) => isRecursive(entry) && !tried.has(entry))
      .map(({ path }) => path);
    if (wholes.length === 0) return;
    for (const entry of failed)
      if (!this.names.has(entry.path) && this.isTied(entry)) this.names.set(entry.path, wholes);
  }

  /** Returns what is to be synced, because these entries were. */
  settled(entries: readonly Entry[]): Entry[] {
    if (this.names.size === 0) return [];
    const tops = new Set<BytePath>();
    for (const entry of entries) {
      const wholes = this.names.get(entry.path);
      if (wholes === undefined) continue;
      this.names.delete(entry.path);
      if (this.isTied(entry)) for (const top of wholes) tops.add(top);
    }
    return [...tops].map(entryBeneath);
  }

  private isTied(entry: Entry): boolean {
    const key = this.keyOf(entry);
    return key !== undefined && key !== EVERY;
  }
}
