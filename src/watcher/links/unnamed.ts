/**
 * Files that are opened without a name (O_TMPFILE). One that has been given a name since
 * (linkat(2)) is reported by its number as long as it is written to through the descriptor it was
 * made with. Its name is most often one that came lately; otherwise it is looked for, with growing
 * pauses, as most such files never get one.
 */
import { basename } from '../../shared/bytes.js';
import { IN } from '../../shared/inotify-mask.js';
import { ObjectType } from '../../shared/entry.js';
import { Backoff } from '../../shared/backoff.js';
import { numberOf, numberOfUnnamed } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { LinkName } from './links.js';

const ARRIVAL = IN.CREATE | IN.MOVED_TO;
/** Files that are kept in mind; those that came first go first. */
const MOST = 16_384;
/** Milliseconds before a search: the name may come meanwhile. */
const DELAY = { first: 200, longest: 30_000 } as const;

export interface UnnamedContext {
  /** What stands at a name. */
  look(name: LinkName): Finding | undefined;
  /** The file with this name was written to. */
  dirty(name: LinkName): void;
  /**
   * Wants a name of an inode to be looked for, in the directory `near` first; `settle` is to be
   * called for each.
   */
  want(number: string, near: number): void;
  /** There is something to look for. */
  wake(): void;
  after(milliseconds: number, action: () => void): void;
  now(): number;
}

export class Unnamed {
  /** By the number of the inode; undefined: it was looked for, and has no name in the tree. */
  private readonly names = new Map<string, LinkName | undefined>();
  /** To be looked for, and near what. */
  private wanted = new Map<string, number>();
  private readonly delay = new Backoff(DELAY.first, DELAY.longest);

  constructor(private readonly context: UnnamedContext) {}

  /** A file came by a name, of which there is an event. */
  note(found: Finding): void {
    if ((found.mask & ARRIVAL) === 0 || found.type !== ObjectType.file) return;
    this.settle(numberOf(found), found);
    this.wanted.delete(numberOf(found));
  }

  /** An unnamed file was written to. */
  written(found: Finding): void {
    const number = numberOfUnnamed(found);
    if (this.tell(number) || this.names.has(number)) return;
    if (this.wanted.size === 0)
      this.context.after(this.delay.next(this.context.now()), () => this.search());
    this.wanted.set(number, found.node);
  }

  /** Where it is, or, `found` being undefined, that it is nowhere. */
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
    for (const [number, near] of wanted) if (!this.tell(number)) this.context.want(number, near);
    this.context.wake();
  }

  /** Whether its name is known. */
  private tell(number: string): boolean {
    const name = this.names.get(number);
    if (name === undefined) return false;
    const found = this.context.look(name);
    if (found !== undefined && numberOf(found) === number) {
      this.context.dirty(name);
      return true;
    }
    this.names.delete(number); // renamed, and the event was lost: to be looked for
    return false;
  }
}
