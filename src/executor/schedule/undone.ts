/**
 * What a sync may undo of those that began later and ran beside it. It has looked at the source
 * before they did, and may write what it saw after they have ended: a name that has gone since
 * comes back, and an older content replaces a newer one. So that is synced again once it has ended.
 */
import { ROOT, isBeneath, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType, coalesce, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { entryBeneath, syncedAgain } from '../intake/own-entries.js';
import type { Overlap } from './overlap.js';

const MADE = IN.CREATE | IN.MOVED_TO;

export class Undone {
  private readonly whole: ReadonlySet<BytePath>;
  private readonly listed = new Set<BytePath>();
  private readonly later = new Map<BytePath, Entry>();
  /** Directories among them, and what else may have been deleted with what was in it. */
  private readonly above = new Set<BytePath>();
  private everything = false;

  /** @param own what the sync has in hand */
  constructor(
    private readonly own: readonly Entry[],
    private readonly overlap: () => Overlap,
  ) {
    this.whole = new Set(own.filter(isRecursive).map(({ path }) => path));
  }

  /** It carries one level of these directories, too. */
  lists(directories: Iterable<BytePath>): void {
    for (const directory of directories) this.listed.add(directory);
  }

  /** A later one has begun. What it syncs again has been noted when it was new. */
  begins(entries: readonly Entry[]): void {
    const news = entries.filter(isNews);
    for (const entry of news) {
      const { path } = entry;
      if (path === ROOT && isRecursive(entry)) this.everything = true;
      else if (this.reaches(entry)) this.note(entry);
    }
    if (this.above.size > 0)
      for (const entry of news) if (isBeneath(entry.path, this.above)) this.note(entry);
  }

  /** What is to be synced again. */
  entries(): Entry[] {
    if (!this.everything) return [...this.later.values()].map(syncedAgain);
    // The other has told no names: what this one has written is synced, whatever became of it.
    const listed = [...this.listed].map(entryBeneath);
    return [...this.own, ...listed, ...this.later.values()].map(syncedAgain);
  }

  private reaches(entry: Entry): boolean {
    const { path } = entry;
    const { exact, above } = this.overlap();
    return (
      exact.has(path) ||
      // What is above is carried with its attributes, but it may be made again, or be deleted.
      (above.has(path) && !isStanding(entry)) ||
      (this.whole.size > 0 && isBeneath(path, this.whole)) ||
      (this.listed.size > 0 && path !== ROOT && this.listed.has(parent(path)))
    );
  }

  private note(entry: Entry): void {
    const { path } = entry;
    const older = this.later.get(path);
    this.later.set(path, older === undefined ? entry : coalesce(older, entry));
    if (path !== ROOT && !isStanding(entry)) this.above.add(path);
  }
}

/** Something has happened to it since it was synced. */
export function isNews({ flags }: Entry): boolean {
  return (flags & EntryFlag.again) === 0;
}

/** A directory that has not been made, moved here or deleted. */
function isStanding({ mask, after }: Entry): boolean {
  return after === ObjectType.directory && (mask & MADE) === 0;
}
