/**
 * Marks the other names of an inode dirty when one of them changes, because an event has one name
 * only. links.ts keeps the known names, name-search.ts searches for the others.
 */
import { basename, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import { Found } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import { Links } from './links.js';
import type { LinkName, Unlinked } from './links.js';
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
  private search: NameSearch;
  /** Names that become dirty at the end of the walk. An inode may have 65,000. */
  private waiting: LinkName[] = [];
  private readonly unnamed: Unnamed;

  constructor(private readonly context: HardLinksContext) {
    this.search = this.newSearch();
    this.unnamed = this.newUnnamed();
  }

  get idle(): boolean {
    return this.search.idle;
  }

  /** Forgets all names: a walk of the whole tree notes them again. */
  reset(): void {
    this.links = new Links(this.links.everUsed);
    this.search = this.newSearch();
    this.waiting = [];
  }

  /**
   * Notes what stands at a name now. A directory has one name only, but may have replaced a file.
   */
  note(found: Finding, timing: DirtyTiming): void {
    this.unnamed.note(found);
    if (!this.context.together) return;
    const inode =
      found.type === ObjectType.absent || found.type === ObjectType.directory
        ? undefined
        : found.inode;
    const { shared, unlinked } = this.links.note(
      found.node,
      basename(found.path),
      inode,
      found.nlink,
    );
    this.search.suspect(found);
    if (timing === 'never') return;
    this.markDirty(shared, timing);
    if (unlinked !== undefined) this.onUnlinked(unlinked, found.node, timing);
    if (inode !== undefined && found.nlink > 1) this.search.want(inode, found.node);
  }

  /** The walk is over, and its directory has become dirty. */
  endWalk(): void {
    this.markDirty(this.waiting.splice(0), 'now');
  }

  /** A directory is forgotten. */
  forget(node: number): void {
    for (const unlinked of this.links.forget(node)) this.onUnlinked(unlinked, ROOT_NODE, 'now');
  }

  /** A file may have been written to through a name that was not looked at. */
  suspect(found: Finding): void {
    this.search.suspect(found);
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

  /**
   * Marks the remaining names dirty and verifies them, one by one, until one still has this inode.
   * Searches for more names when its link count says that there are more, or when no name has it.
   */
  private onUnlinked({ inode, names }: Unlinked, near: number, timing: DirtyTiming): void {
    this.markDirty(names, timing);
    for (const { node, name } of names) {
      const [found] = this.context.monitor().searchName(node, name);
      const still = found?.inode === inode ? inode : undefined;
      this.links.note(node, name, still, found?.nlink ?? 0);
      if (still === undefined) continue;
      if (found?.nlink === 1) return;
      break;
    }
    this.search.want(inode, near);
  }

  private markDirty(names: readonly LinkName[], timing: DirtyTiming): void {
    for (const other of names) {
      if (timing === 'with the walk') {
        this.waiting.push(other);
        continue;
      }
      const { node, name } = other;
      const directory = this.context.monitor().pathOf(node);
      if (directory !== undefined) this.context.dirty(join(directory, name));
    }
  }

  private newSearch(): NameSearch {
    const { monitor, after, wake, now } = this.context;
    const search = new NameSearch({
      links: this.links,
      monitor,
      now,
      found: (found) => {
        if (found.kind !== Found.link) return;
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
      dirty: (name) => this.markDirty([name], 'now'),
      want: (number, near) => this.search.wantNumber(number, near),
      wake,
      after,
      now,
    });
  }
}
