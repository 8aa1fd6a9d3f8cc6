/**
 * Marks the other names of an inode dirty when one of them changes, as an event tells one name
 * only. links.ts keeps the names that are known, name-search.ts searches for those that are not.
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
   * Names that share an inode become dirty together; otherwise only files that were made without a
   * name are looked after.
   */
  readonly together: boolean;
  monitor(): Monitor;
  /** Another name of an inode is dirty. */
  dirty(path: BytePath): void;
  after(milliseconds: number, action: () => void): void;
  /** `look` is to be called soon. */
  wake(): void;
  now(): number;
}

/**
 * When the other names of what was found become dirty: at once; with the directory being walked, so
 * that a handler gets them together; or not at all, because everything is dirty.
 */
export type Telling = 'now' | 'with the walk' | 'never';

export class HardLinks {
  private links = new Links();
  private search: NameSearch;
  /** To be told at the end of the walk, name by name: an inode may have 65,000. */
  private waiting: LinkName[] = [];
  private readonly unnamed: Unnamed;

  constructor(private readonly context: HardLinksContext) {
    this.search = this.newSearch();
    this.unnamed = this.newUnnamed();
  }

  get idle(): boolean {
    return this.search.idle;
  }

  /** Begins anew: a walk of everything will note all names. */
  reset(): void {
    this.links = new Links(this.links.everUsed);
    this.search = this.newSearch();
    this.waiting = [];
  }

  /**
   * Notes what stands at a name now. A directory has no other names, but may stand where a file's
   * was.
   */
  note(found: Finding, telling: Telling): void {
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
    if (telling === 'never') return;
    this.tell(shared, telling);
    if (unlinked !== undefined) this.onUnlinked(unlinked, found.node, telling);
    if (inode !== undefined && found.nlink > 1) this.search.want(inode, found.node);
  }

  /** The walk is over, and its directory has become dirty. */
  endWalk(): void {
    this.tell(this.waiting.splice(0), 'now');
  }

  /** A directory is forgotten. */
  forget(node: number): void {
    for (const unlinked of this.links.forget(node)) this.onUnlinked(unlinked, ROOT_NODE, 'now');
  }

  /** A file may have been written to through a name that nobody saw. */
  suspect(found: Finding): void {
    this.search.suspect(found);
  }

  /** A file was written to that was opened without a name, and may have got one since. */
  written(found: Finding): void {
    this.unnamed.written(found);
  }

  /** Everything that has happened so far has been looked at. */
  settled(): void {
    this.search.settled();
  }

  /** Looks for what is in question; to be called when no events and no walks are left. */
  look(): void {
    this.search.begin();
  }

  /**
   * Marks the remaining names dirty and verifies them until one is as remembered. Searches for more
   * names where the link count says so, or none was as remembered.
   */
  private onUnlinked({ inode, names }: Unlinked, near: number, telling: Telling): void {
    this.tell(names, telling);
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

  private tell(names: readonly LinkName[], telling: Telling): void {
    for (const other of names) {
      if (telling === 'with the walk') {
        this.waiting.push(other);
        continue;
      }
      const { node, name } = other;
      const directory = this.context.monitor().pathOf(node);
      if (directory !== undefined) this.context.dirty(join(directory, name));
    }
  }

  private newSearch(): NameSearch {
    const { monitor, after, now } = this.context;
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
      // After a reset there is another search.
      after: (milliseconds, action) =>
        after(milliseconds, () => void (search === this.search && action())),
    });
    return search;
  }

  private newUnnamed(): Unnamed {
    const { monitor, wake, after, now } = this.context;
    return new Unnamed({
      look: ({ node, name }) => [...monitor().searchName(node, name)][0],
      dirty: (name) => this.tell([name], 'now'),
      want: (number, near) => this.search.wantNumber(number, near),
      wake,
      after,
      now,
    });
  }
}
