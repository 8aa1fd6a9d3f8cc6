/**
 * Files that are opened without a name (O_TMPFILE). After such a file is given a name (linkat(2)),
 * the kernel still reports writes through its first descriptor by the inode's number. Usually its
 * name is one that appeared lately. Otherwise it is searched for, with growing pauses, as most such
 * files never get one.
 */
import { basename } from '../../shared/bytes.js';
import { IN } from '../../shared/inotify-mask.js';
import { ObjectType } from '../../shared/entry.js';
import { Backoff } from '../../shared/backoff.js';
import { numberOf, numberOfUnnamed } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { LinkName } from './links.js';

const ARRIVAL = IN.CREATE | IN.MOVED_TO;
/** Most files kept; the oldest are dropped first. */
const MOST = 16_384;
/** Milliseconds before a search: the name may come meanwhile. */
const DELAY = { first: 200, longest: 30_000 } as const;

export interface UnnamedContext {
  /** Looks at a name; undefined: nothing, or a directory, stands there. */
  look(name: LinkName): Finding | undefined;
  /** The file with this name was written to. */
  dirty(name: LinkName): void;
  /**
   * Asks for a search for a name of an inode, in the directory `near` first. Its result must be
   * passed to `settle`.
   */
  want(number: string, near: number): void;
  /** A search is wanted. */
  wake(): void;
  after(milliseconds: number, action: () => void): void;
  now(): number;
}

export class Unnamed {
  /** By the inode's number; undefined: a search has found no name in the tree. */
  private readonly names = new Map<string, LinkName | undefined>();
  /** Inodes' numbers to search for, each with the directory to search first. */
  private wanted = new Map<string, number>();
  private readonly delay = new Backoff(DELAY.first, DELAY.longest);

  constructor(private readonly context: UnnamedContext) {}

  /** Notes the name of a file if an event says that it has just got it. */
  note(found: Finding): void {
    if ((found.mask & ARRIVAL) === 0 || found.type !== ObjectType.file) return;
    this.settle(numberOf(found), found);
    this.wanted.delete(numberOf(found));
  }

  /** An unnamed file was written to. */
  written(found: Finding): void {
    const number = numberOfUnnamed(found);
    if (this.markDirty(number) || this.names.has(number)) return;
    if (this.wanted.size === 0)
      this.context.after(this.delay.next(this.context.now()), () => this.search());
    this.wanted.set(number, found.node);
  }

  /** Notes where a file is; `found` undefined: it has no name in the tree. */
  settle(number: string, found: Finding | undefined): void {
    this.names.delete(number);
    this.names.set(
      number,
      found === undefined ? undefined : { node: found.node, name: basename(found.path) },
    );
    if (this.names.size <= MOST) return;
    const [first] = this.names.keys();
    this.names.delete(first as string);
  }

  private search(): void {
    const { wanted } = this;
    this.wanted = new Map();
    for (const [number, near] of wanted)
      if (!this.markDirty(number)) this.context.want(number, near);
    this.context.wake();
  }

  /** Marks the file's name dirty; returns whether it is known. */
  private markDirty(number: string): boolean {
    const name = this.names.get(number);
    if (name === undefined) return false;
    const found = this.context.look(name);
    if (found !== undefined && numberOf(found) === number) {
      this.context.dirty(name);
      return true;
    }
    this.names.delete(number); // renamed, and the event was lost: must be searched for
    return false;
  }
}
