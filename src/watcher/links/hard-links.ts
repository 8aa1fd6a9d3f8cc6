/**
 * Marks the other names of an inode dirty when one of them changes, because an event has one name
 * only. links.ts keeps the known names, marks.ts the inodes whose names are dirty, name-search.ts
 * searches for other names. An event costs the same however many names its inode has.
 */
import { basename, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { Found, NOTICED } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import { Links } from './links.js';
import type { LinkName } from './links.js';
import { Marks } from './marks.js';
import { NameSearch } from './name-search.js';
import { ROOT_NODE } from '../monitor/monitor.js';
import type { Monitor } from '../monitor/monitor.js';
import { Unnamed } from './unnamed.js';

export interface HardLinksContext {
  /**
   * Whether names that share an inode become dirty together. Else only files that were opened
   * without a name are tracked.
   */
  readonly together: boolean;
  /**
   * Whether a name that is deleted makes the other names of its file dirty although nobody knew
   * that there are any: an ordinary user's rsync changes their mode when it deletes one.
   */
  readonly deletionsTouch: boolean;
  monitor(): Pick<Monitor, 'search' | 'searchIn' | 'searchName' | 'searchStep' | 'pathOf'>;
  /** Another name of an inode is dirty. */
  dirty(path: BytePath): void;
  after(milliseconds: number, action: () => void): void;
  /** Asks for a call of `look`, and of those who wait until this is `idle`. */
  wake(): void;
  now(): number;
}

/**
 * When the other names of an inode become dirty: at once; together with the directory being walked,
 * so that a handler gets both together; or never, because everything becomes dirty.
 */
export type DirtyTiming = 'now' | 'with the walk' | 'never';

export class HardLinks {
  private links = new Links();
  private marks: Marks;
  private search: NameSearch;
  /** Inodes whose names become dirty at the end of the walk. */
  private readonly waiting = new Set<string>();
  /** Inodes that have lost a name, each with the directory that had it; to be verified. */
  private readonly unlinked = new Map<string, number>();
  private readonly unnamed: Unnamed;

  constructor(private readonly context: HardLinksContext) {
    this.marks = this.newMarks();
    this.search = this.newSearch();
    this.unnamed = this.newUnnamed();
  }

  get idle(): boolean {
    return this.search.idle && !this.hasNames;
  }

  /** Whether `step` has something to do. */
  get hasNames(): boolean {
    return !this.marks.idle || this.unlinked.size > 0;
  }

  /** Forgets all names, before a walk of the whole tree. */
  reset(): void {
    this.links = new Links(this.links.everUsed);
    this.marks = this.newMarks();
    this.search = this.newSearch();
    this.waiting.clear();
    this.unlinked.clear();
  }

  /**
   * Notes what stands at a name now. A directory has one name only, but may have replaced a file.
   * Returns `EntryFlag.linked` if the object there is or was one with several names, else 0.
   */
  note(found: Finding, timing: DirtyTiming): number {
    this.unnamed.note(found);
    if (!this.context.together) return 0;
    const inode =
      found.type === ObjectType.absent || found.type === ObjectType.directory
        ? undefined
        : found.inode;
    const name = { node: found.node, name: basename(found.path) };
    const noted = this.links.note(name.node, name.name, inode, found.nlink);
    const { shared, unlinked } = noted;
    const isUnknown = !this.links.isCompleteAt(found.after) && wasThere(found);
    const flag = noted.linked || isUnknown ? EntryFlag.linked : 0;
    if (isUnknown && this.context.deletionsTouch && (found.mask & IN.DELETE) !== 0)
      this.search.wantSince(found.after);
    else if (isUnknown) this.search.wantAll();
    this.search.suspect(found);
    if (timing === 'never') return flag;
    if (inode !== undefined && shared) this.mark(inode, timing, name);
    if (unlinked !== undefined) this.onUnlinked(unlinked, found.node, timing);
    if (inode !== undefined && found.nlink > 1) this.search.want(inode, found.node);
    return flag;
  }

  /**
   * The walk is over, and its directory has become dirty.
   * @param complete whether it has noted all files of the tree
   */
  endWalk(complete: boolean): void {
    if (complete) this.search.hasLooked = true;
    for (const inode of this.waiting) this.marks.add(inode);
    this.waiting.clear();
  }

  /** Names that the rules refused are not known. */
  rulesChanged(): void {
    this.links.completeSince = Infinity;
    this.search.hasLooked = false;
  }

  /** Whether a name in a directory is known. */
  has(node: number): boolean {
    return this.links.has(node);
  }

  /** A directory is forgotten. */
  forget(node: number): void {
    for (const inode of this.links.forget(node)) this.onUnlinked(inode, ROOT_NODE, 'now');
  }

  /** Makes about `budget` names dirty, and verifies about as many. */
  step(budget: number): void {
    this.marks.step(budget);
    let left = budget;
    for (const [inode, near] of this.unlinked) {
      if (left <= 0) return;
      left -= this.verify(inode, near, left);
    }
  }

  /** A file may have been written to through a name that was not looked at. */
  suspect(found: Finding): void {
    if (this.context.together) this.search.suspect(found);
  }

  /** A file that was opened without a name was written to; which one is not known. */
  missed({ after }: Finding): void {
    this.search.wantSince(after);
  }

  /** A file that was opened without a name was written to. It may have a name by now. */
  written(found: Finding): void {
    this.unnamed.written(found);
  }

  /** All events so far have been looked at. */
  settled(): void {
    this.search.settled();
  }

  /** Begins the searches that are wanted; to be called when no events and no walks are left. */
  look(): void {
    this.search.begin();
  }

  private onUnlinked(inode: string, near: number, timing: DirtyTiming): void {
    this.mark(inode, timing);
    this.unlinked.set(inode, near);
  }

  /**
   * Looks at the names of an inode that has lost one, until one still has it. Searches for more
   * names when its link count says that there are more, or when no name has it. Returns the number
   * of names looked at; it goes on later when those were `most`.
   */
  private verify(inode: string, near: number, most: number): number {
    const names = this.links.namesOf(inode);
    let looked = 0;
    for (let next = names.next(); next.done !== true; next = names.next()) {
      if (looked++ === most) return most;
      const { node, name } = next.value;
      const [found] = this.context.monitor().searchName(node, name);
      const still = found?.inode === inode ? inode : undefined;
      this.links.note(node, name, still, found?.nlink ?? 0);
      if (still === undefined) continue;
      if (found?.nlink !== 1) break;
      // It is no longer one of several, for which its mark stands.
      this.tell(next.value);
      this.unlinked.delete(inode);
      return looked;
    }
    this.unlinked.delete(inode);
    this.search.want(inode, near);
    return looked + 1;
  }

  /** Notes a name that has not changed; false: something else stood there. */
  private notice({ node, path, inode, nlink }: Finding): boolean {
    const name = basename(path);
    if (this.links.isOthers(node, name, inode)) return false;
    this.links.note(node, name, inode, nlink);
    // With this name, nobody may search for those of a change of the inode any longer.
    if (this.search.isWanted(inode)) {
      this.mark(inode, 'now');
      this.context.wake();
    }
    return true;
  }

  /** @param except is dirty already */
  private mark(inode: string, timing: DirtyTiming, except?: LinkName): void {
    if (timing === 'with the walk') this.waiting.add(inode);
    else this.marks.add(inode, except);
  }

  private tell({ node, name }: LinkName): void {
    const directory = this.context.monitor().pathOf(node);
    if (directory !== undefined) this.context.dirty(join(directory, name));
  }

  private newMarks(): Marks {
    return new Marks(this.links, (name) => this.tell(name));
  }

  private newSearch(): NameSearch {
    const { monitor, after, wake, now } = this.context;
    const search = new NameSearch({
      links: this.links,
      monitor,
      now,
      found: (found) => {
        if (found.kind !== Found.link) return;
        if (found.detail === NOTICED && this.notice(found)) return;
        this.note(found, 'now');
        this.context.dirty(found.path);
      },
      settled: (number, name) => this.unnamed.settle(number, name),
      after: (milliseconds, action) =>
        after(milliseconds, () => {
          // A reset replaces the search, whose timers must then do nothing.
          if (search !== this.search) return;
          action();
          // The search may be over, which nobody else notices when it has found nothing.
          wake();
        }),
    });
    return search;
  }

  private newUnnamed(): Unnamed {
    const { monitor, wake, after, now } = this.context;
    return new Unnamed({
      look: ({ node, name }) => [...monitor().searchName(node, name)][0],
      dirty: (name) => this.tell(name),
      want: (number, near) => this.search.wantNumber(number, near),
      wake,
      after,
      now,
    });
  }
}

/** Whether an event says that something other than a directory may have been there before. */
function wasThere({ mask, first }: Finding): boolean {
  return mask !== 0 && (first & (IN.CREATE | IN.ISDIR)) === 0;
}
