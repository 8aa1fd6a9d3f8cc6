/**
 * The known names of each inode. The kernel reports a write for one name only. A handler that gets
 * this name alone breaks the link or leaves the other names old, so all known names of an inode
 * become dirty together. Pure.
 *
 * A name is a directory's node and a name in it, so that it stays valid when a directory above is
 * renamed.
 */
import type { BytePath } from '../../shared/bytes.js';

export interface LinkName {
  readonly node: number;
  readonly name: BytePath;
}

interface Group {
  readonly inode: string;
  readonly names: Map<string, LinkName>;
  /** Link count when a name was last looked at. */
  nlink: number;
  /**
   * Link count at the time of a search that did not find all names: the others are outside the
   * watch directory.
   */
  searchedAt: number;
}

export class Links {
  private readonly groups = new Map<string, Group>();
  private readonly directories = new Map<number, Map<BytePath, Group>>();

  /**
   * When all files had been looked at, and all events before (milliseconds of CLOCK_MONOTONIC):
   * from then on, those with several names are known. A walk that looks only at directories leaves
   * this to a search.
   */
  completeSince = Infinity;

  /** @param everUsed whether a file with several names has ever been seen. */
  constructor(public everUsed = false) {}

  /** Whether files that had several names at that time are known. */
  isCompleteAt(time: number): boolean {
    return time >= this.completeSince;
  }

  /** Whether it is known that no file had several names at that time. */
  isUnusedAt(time: number): boolean {
    return this.isCompleteAt(time) && !this.everUsed;
  }

  /** Whether the name is known to be another inode's. */
  isOthers(node: number, name: BytePath, inode: string): boolean {
    const group = this.directories.get(node)?.get(name);
    return group !== undefined && group.inode !== inode;
  }

  /**
   * Notes which inode a name has, and its link count. A name is kept only if the link count is at
   * least two. `inode` is undefined for an absent object or a directory. Returns whether other
   * names of the inode are known, the inode that had the name before, if that was another, and
   * whether the name is or was one of several. Takes constant time.
   */
  note(
    node: number,
    name: BytePath,
    inode: string | undefined,
    nlink: number,
  ): { shared: boolean; unlinked: string | undefined; linked: boolean } {
    const before = this.directories.get(node)?.get(name);
    const keep = inode !== undefined && nlink > 1;
    if (before !== undefined && !(keep && before.inode === inode)) this.remove(before, node, name);
    const unlinked = before?.inode === inode ? undefined : before?.inode;
    const linked = keep || before !== undefined;
    if (!keep) return { shared: false, unlinked, linked };
    const group = this.add(inode, node, name);
    group.nlink = nlink;
    return { shared: group.names.size > 1, unlinked, linked };
  }

  /** The known names of an inode. What is noted meanwhile may be among them, or not. */
  namesOf(inode: string): Iterator<LinkName> {
    return (this.groups.get(inode)?.names ?? new Map<string, LinkName>()).values();
  }

  /** Whether an inode may have names that are not known and have not been looked for. */
  lacksNames(inode: string): boolean {
    const group = this.groups.get(inode);
    return (
      group === undefined || (group.names.size < group.nlink && group.searchedAt !== group.nlink)
    );
  }

  /** A search is over: names that it did not find are outside the tree. */
  searched(inode: string): void {
    const group = this.groups.get(inode);
    if (group !== undefined) group.searchedAt = group.nlink;
  }

  /** Whether names in a directory are known. */
  has(node: number): boolean {
    return this.directories.has(node);
  }

  /** Forgets a directory with all names in it. Returns the inodes that have lost names. */
  forget(node: number): string[] {
    const names = this.directories.get(node);
    if (names === undefined) return [];
    const groups = new Set(names.values());
    for (const [name, group] of [...names]) this.remove(group, node, name);
    return [...groups].map(({ inode }) => inode);
  }

  private add(inode: string, node: number, name: BytePath): Group {
    this.everUsed = true;
    let group = this.groups.get(inode);
    if (group === undefined)
      this.groups.set(inode, (group = { inode, names: new Map(), nlink: 0, searchedAt: 0 }));
    group.names.set(keyOf(node, name), { node, name });
    let names = this.directories.get(node);
    if (names === undefined) this.directories.set(node, (names = new Map()));
    names.set(name, group);
    return group;
  }

  private remove(group: Group, node: number, name: BytePath): void {
    group.names.delete(keyOf(node, name));
    if (group.names.size === 0) this.groups.delete(group.inode);
    const names = this.directories.get(node);
    names?.delete(name);
    if (names?.size === 0) this.directories.delete(node);
  }
}

function keyOf(node: number, name: BytePath): string {
  return `${node}/${name}`;
}
