/**
 * Finds the changes of later, simultaneous syncs that a sync may undo. It read the source before
 * they did, and may write to the destination after they have ended: then a name that vanished
 * meanwhile comes back, or an older content replaces a newer one. So these changes are synced again
 * when it has ended.
 *
 * It may write through a name that is no longer one of its object in the source, but still is at
 * the destination. So with one of several names in hand, all later changes of such names count.
 */
import { ROOT, isBeneath, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType, coalesce, isLinked, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { entryBeneath, syncedAgain } from '../intake/own-entries.js';
import type { Overlap } from './overlap.js';

const MADE = IN.CREATE | IN.MOVED_TO;

export class Undone {
  private readonly whole: ReadonlySet<BytePath>;
  private readonly listed = new Set<BytePath>();
  private readonly later = new Map<BytePath, Entry>();
  /**
   * Paths among them that were created, moved or deleted: they may have been deleted with
   * everything beneath them.
   */
  private readonly above = new Set<BytePath>();
  private everything = false;
  /** What it writes through one name may change others: one is, or may be, one of several. */
  private shares: boolean;

  /** @param own the entries that the sync has in hand */
  constructor(
    private readonly own: readonly Entry[],
    private readonly overlap: () => Overlap,
  ) {
    this.whole = new Set(own.filter(isRecursive).map(({ path }) => path));
    this.shares = this.whole.size > 0 || own.some(isLinked);
  }

  /** The sync also transfers one level of these directories. */
  lists(directories: Iterable<BytePath>): void {
    for (const directory of directories) this.listed.add(directory);
    this.shares ||= this.listed.size > 0;
  }

  /**
   * To be called when a later sync begins. Entries that it syncs again are not new, and were noted
   * before.
   */
  begins(entries: readonly Entry[]): void {
    const news = entries.filter(isNews);
    for (const entry of news) {
      const { path } = entry;
      if (path === ROOT && isRecursive(entry)) this.everything = true;
      else if (this.reaches(entry)) this.note(entry);
    }
    if (this.above.size > 0)
      for (const entry of news) if (isBeneath(entry.path, this.above)) this.note(entry);
    if (this.shares) for (const entry of news) if (isLinked(entry)) this.note(entry);
  }

  /** The entries to be synced again. */
  entries(): Entry[] {
    if (!this.everything) return [...this.later.values()].map(syncedAgain);
    // A sync of the whole tree has no list of names, so everything that this sync wrote is synced
    // again.
    const listed = [...this.listed, ...(this.shares ? [ROOT] : [])].map(entryBeneath);
    return [...this.own, ...listed, ...this.later.values()].map(syncedAgain);
  }

  private reaches(entry: Entry): boolean {
    const { path } = entry;
    const { exact, above } = this.overlap();
    return (
      exact.has(path) ||
      // Only the attributes of directories above are transferred, but one may be created or
      // deleted.
      (above.has(path) && !isStanding(entry)) ||
      (this.whole.size > 0 && isBeneath(path, this.whole)) ||
      (this.listed.size > 0 && path !== ROOT && this.listed.has(parent(path)))
    );
  }

  private note(entry: Entry): void {
    const { path } = entry;
    const older = this.later.get(path);
    this.shares ||= isLinked(entry);
    this.later.set(path, older === undefined ? entry : coalesce(older, entry));
    if (path !== ROOT && !isStanding(entry)) this.above.add(path);
  }
}

/** Whether it is a new change, not only synced again. */
export function isNews({ flags }: Entry): boolean {
  return (flags & EntryFlag.again) === 0;
}

/** Whether it is a directory that was neither created nor moved here nor deleted. */
function isStanding({ mask, after }: Entry): boolean {
  return after === ObjectType.directory && (mask & MADE) === 0;
}
