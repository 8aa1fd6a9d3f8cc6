/**
 * Names of one inode. A write through one name is reported for that name only, and a mirror that is given one name alone breaks the
 * link or leaves the others old; so all known names of an inode become dirty together. Pure.
 *
 * A name is a directory's node and a name in it, so that it stays right when a directory above is renamed.
 */
import type { BytePath } from '../shared/bytes.js';

export interface LinkName {
  readonly node: number;
  readonly name: BytePath;
}

interface Group {
  readonly inode: string;
  readonly names: Map<string, LinkName>;
  /** Link count at which a search did not find all names: the others are outside the watch directory. */
  searchedAt: number;
}

export class Links {
  /** Whether there has ever been a file with several names. */
  everUsed = false;
  private readonly groups = new Map<string, Group>();
  private readonly directories = new Map<number, Map<BytePath, Group>>();

  /**
   * Notes which inode a name has now: undefined when it has none, or one with a single name. Returns the other names of that inode
   * (`shared`), and the names that are left to the inode it had before (`left`).
   */
  note(node: number, name: BytePath, inode: string | undefined): { shared: LinkName[]; left: LinkName[] } {
    const before = this.directories.get(node)?.get(name);
    const left: LinkName[] = [];
    const shared: LinkName[] = [];
    if (before !== undefined && before.inode !== inode) {
      this.remove(before, node, name);
      left.push(...before.names.values());
    }
    if (inode !== undefined) {
      const group = this.add(inode, node, name);
      for (const other of group.names.values()) if (other.node !== node || other.name !== name) shared.push(other);
    }
    return { shared, left };
  }

  /** Whether an inode with `nlink` names has names that are not known and have not been looked for. */
  lacksNames(inode: string, nlink: number): boolean {
    const group = this.groups.get(inode);
    return group !== undefined && group.names.size < nlink && group.searchedAt !== nlink;
  }

  /** A search is over: what it did not find is not in the tree. */
  searched(inode: string, nlink: number): void {
    const group = this.groups.get(inode);
    if (group !== undefined) group.searchedAt = nlink;
  }

  /** A directory has left the tree; returns the names that are left to the inodes it had names of. */
  forget(node: number): LinkName[] {
    const names = this.directories.get(node);
    if (names === undefined) return [];
    const groups = new Set(names.values());
    for (const [name, group] of [...names]) this.remove(group, node, name);
    return [...groups].flatMap((group) => [...group.names.values()]);
  }

  private add(inode: string, node: number, name: BytePath): Group {
    this.everUsed = true;
    let group = this.groups.get(inode);
    if (group === undefined) this.groups.set(inode, (group = { inode, names: new Map(), searchedAt: 0 }));
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
