/**
 * Inodes of which all names are dirty: one mark an inode, whatever the number of its names and
 * events. The names are told in turns, and the names of an inode with few of them in one, so that a
 * handler gets them together and 65,000 names of one inode hold up nobody else. Pure.
 */
import type { LinkName, Links } from './links.js';

/** Most names of an inode told in its first turn. */
const FIRST = 64;
/** Names of one inode told before it is the next one's turn. */
const PORTION = 512;

interface Pass {
  /** The names as they are by then: names may come and go meanwhile. */
  readonly names: Iterator<LinkName>;
  /** This name is dirty already, if only one name was looked at. */
  readonly except: LinkName | undefined;
}

export class Marks {
  /** Inodes of which no name has been told yet, each with the only name that is dirty already. */
  private readonly fresh = new Map<string, LinkName | undefined>();
  private readonly begun = new Map<string, Pass>();
  /** Marked again while their names are told: some were told before the change. */
  private readonly again = new Set<string>();

  constructor(
    private readonly links: Pick<Links, 'namesOf'>,
    private readonly tell: (name: LinkName) => void,
  ) {}

  get idle(): boolean {
    return this.fresh.size === 0 && this.begun.size === 0;
  }

  /** All names of the inode are dirty; `except` is known to be so. Takes constant time. */
  add(inode: string, except?: LinkName): void {
    if (this.begun.has(inode)) return void this.again.add(inode);
    const both = this.fresh.has(inode) && !isSame(this.fresh.get(inode), except);
    this.fresh.set(inode, both ? undefined : except);
  }

  /** Tells about `budget` names. */
  step(budget: number): void {
    let left = budget;
    for (const [inode, except] of this.fresh) {
      if (left <= 0) return;
      this.fresh.delete(inode);
      left -= this.goOn(inode, { names: this.links.namesOf(inode), except }, FIRST);
    }
    for (const [inode, pass] of this.begun) {
      if (left <= 0) return;
      this.begun.delete(inode);
      left -= this.goOn(inode, pass, PORTION);
    }
  }

  /** Returns the number of names told, and at least 1. */
  private goOn(inode: string, pass: Pass, most: number): number {
    for (let told = 0; told < most; told++) {
      const { done, value } = pass.names.next();
      if (done === true) {
        if (this.again.delete(inode)) this.fresh.set(inode, undefined);
        return told + 1;
      }
      if (!isSame(value, pass.except)) this.tell(value);
    }
    this.begun.set(inode, pass);
    return most;
  }
}

function isSame(one: LinkName | undefined, other: LinkName | undefined): boolean {
  return one?.node === other?.node && one?.name === other?.name;
}
