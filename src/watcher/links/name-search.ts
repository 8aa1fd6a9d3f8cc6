/**
 * Searches the tree for names of inodes that no event tells.
 *
 * When `b` becomes a second name of a file, its first name `a` is not known, since files with one
 * name are not kept in mind. It is searched in the directory of `b` first, then everywhere. When
 * `b` is removed, or given to another file, before anyone has looked at it, the file that was
 * written through it cannot be identified. Then all files that have changed since are searched.
 *
 * One search answers all questions that have come up so far. It runs for a tenth of the time.
 */
import { basename } from '../../shared/bytes.js';
import { TICK } from '../../shared/file-clock.js';
import { IN } from '../../shared/inotify-mask.js';
import { numberOf, UNIDENTIFIED } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Links } from './links.js';
import type { Monitor } from '../monitor/monitor.js';

const ARRIVAL = IN.CREATE | IN.MOVED_TO;
const TOUCH = IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE;
/** Names that are kept in mind; beyond, what was changed since the first of them is looked for. */
const MOST = 50_000;
/** Directory entries of one step. */
const BUDGET = 4096;
/** Milliseconds of pause for each of searching. */
const PAUSES = 9;
/** In place of the device's number where only the inode's is known. No file has it. */
const ANY_DEVICE = '\0'.repeat(8);

export interface SearchContext {
  readonly links: Links;
  monitor(): Pick<Monitor, 'search' | 'searchIn' | 'searchStep'>;
  found(finding: Finding): void;
  /** What was found for a number that was looked for; undefined: no name of it is in the tree. */
  settled(number: string, found: Finding | undefined): void;
  after(milliseconds: number, action: () => void): void;
  /** Milliseconds of CLOCK_MONOTONIC. */
  now(): number;
}

export class NameSearch {
  /** Inodes in question, and the directory in which one of their names is or was. */
  private wanted = new Map<string, number>();
  private searching = new Map<string, number>();
  /** Milliseconds since 1970 from which changes are in question; 0: none are. */
  private wantedSince = 0;
  private searchingSince = 0;
  /**
   * Names that came and were written to, as looked at since the events were last all looked at;
   * with the time of the first event.
   */
  private readonly arrived = new Map<string, number>();

  constructor(private readonly context: SearchContext) {}

  get idle(): boolean {
    return this.wanted.size === 0 && this.wantedSince === 0 && !this.busy;
  }

  private get busy(): boolean {
    return this.searching.size > 0 || this.searchingSince !== 0;
  }

  /** The inode may have names that are not known; one is, or was, in the directory `near`. */
  want(inode: string, near: number): void {
    if (this.context.links.lacksNames(inode)) this.wanted.set(inode, near);
  }

  /**
   * As `want`, for an inode of which only the number (the second half of `Finding.inode`) is known;
   * one name of it will do.
   */
  wantNumber(number: string, near: number): void {
    this.wanted.set(ANY_DEVICE + number, near);
  }

  /** In a tree that has hard links: was a file written through a name that nobody saw? */
  suspect({ detail, since, mask, node, path }: Finding): void {
    if (!this.context.links.everUsed) return;
    if (detail === UNIDENTIFIED) this.wantSince(since);
    if ((mask & ARRIVAL) === 0) return;
    const key = `${node}/${basename(path)}`;
    // What the earlier look found may be what came now, and not what was written to.
    const earlier = this.arrived.get(key);
    if (earlier !== undefined) this.wantSince(earlier);
    if ((mask & TOUCH) === 0) return;
    this.arrived.set(key, since);
    if (this.arrived.size < MOST) return;
    const [first = since] = this.arrived.values();
    this.wantSince(first);
    this.settled();
  }

  /** Everything that has happened so far has been looked at. */
  settled(): void {
    this.arrived.clear();
  }

  private wantSince(since: number): void {
    const time = Date.now() - (this.context.now() - since) - TICK;
    this.wantedSince = this.wantedSince === 0 ? time : Math.min(this.wantedSince, time);
  }

  /** Begins to look for what has been asked for, unless a search is going on. */
  begin(): void {
    if (this.busy || this.idle) return;
    this.searching = this.wanted;
    this.searchingSince = this.wantedSince;
    this.wanted = new Map();
    this.wantedSince = 0;
    this.dropComplete();
    if (!this.busy) return;
    const monitor = this.context.monitor();
    monitor.search([...this.searching.keys()], this.searchingSince);
    for (const near of new Set(this.searching.values())) {
      for (const found of monitor.searchIn(near)) this.take(found);
    }
    this.dropComplete();
    if (this.busy) this.step();
  }

  private step(): void {
    const began = this.context.now();
    const { findings, more } = this.context.monitor().searchStep(BUDGET);
    for (const found of findings) this.take(found);
    this.dropComplete();
    if (!more) this.end();
    if (this.busy) this.context.after((this.context.now() - began) * PAUSES, () => this.step());
    else this.begin();
  }

  private take(found: Finding): void {
    if (this.searching.delete(ANY_DEVICE + numberOf(found)))
      this.context.settled(numberOf(found), found);
    this.context.found(found);
  }

  private dropComplete(): void {
    for (const inode of this.searching.keys())
      if (!this.context.links.lacksNames(inode)) this.searching.delete(inode);
  }

  /** What was not found is outside the watch directory. */
  private end(): void {
    for (const inode of this.searching.keys()) {
      if (inode.startsWith(ANY_DEVICE))
        this.context.settled(inode.slice(ANY_DEVICE.length), undefined);
      else this.context.links.searched(inode);
    }
    this.searching.clear();
    this.searchingSince = 0;
  }
}
