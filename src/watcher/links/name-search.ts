/**
 * Searches the tree for names of inodes that no event has.
 *
 * When `b` becomes a second name of a file, its first name `a` is not known, since files with one
 * name are not kept. The search begins in the directory of `b` and goes on everywhere. When `b` is
 * removed, or given to another file, before the watcher looks at it, the file that was written
 * through it cannot be identified. Then all files that have changed since are searched.
 *
 * A walk of the whole tree looks at directories only. What it would have to know of files is
 * searched when the first change of one makes it necessary: which of them have several names.
 *
 * One search covers everything wanted so far. It runs for at most a tenth of the time.
 */
import { basename } from '../../shared/bytes.js';
import { Epochs } from '../../shared/clock.js';
import { TICK } from '../../shared/file-clock.js';
import { IN } from '../../shared/inotify-mask.js';
import { LEFT, numberOf, UNIDENTIFIED } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Links } from './links.js';
import type { Monitor } from '../monitor/monitor.js';

const ARRIVAL = IN.CREATE | IN.MOVED_TO;
const TOUCH = IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE;
/**
 * Most names kept in `arrived` and in `touched`; beyond, files changed since the first arrival are
 * searched, and the first touched name is forgotten.
 */
const MOST = 50_000;
/** Directory entries of one step. */
const BUDGET = 4096;
/** Milliseconds of pause for each millisecond of searching. */
const PAUSES = 9;
/** Milliseconds of searching that need no pause: the other names are usually beside the first. */
const SHORT = 2;
/** Milliseconds for directories that are searched first; the others have their turn anyway. */
const FIRST = 20;
/** In place of the device's number when only the inode's is known. No file has it. */
const ANY_DEVICE = '\0'.repeat(8);

export interface SearchContext {
  readonly links: Links;
  monitor(): Pick<Monitor, 'search' | 'searchIn' | 'searchStep'>;
  found(finding: Finding): void;
  /** The result for an inode's number that was wanted; undefined: no name of it is in the tree. */
  settled(number: string, found: Finding | undefined): void;
  after(milliseconds: number, action: () => void): void;
  /** Milliseconds of CLOCK_MONOTONIC. */
  now(): number;
}

export class NameSearch {
  private readonly epochs = new Epochs();
  /** Inodes to search for, each with a directory that has or had one of their names. */
  private wanted = new Map<string, number>();
  private searching = new Map<string, number>();
  /**
   * Files changed since then (milliseconds since 1970) are searched, too, which looks at all;
   * `Infinity`: it only does that; 0: it does not.
   */
  private wantedSince = 0;
  private searchingSince = 0;
  /** Milliseconds of CLOCK_MONOTONIC: no search begins before. */
  private restUntil = 0;
  /**
   * Names that appeared and were written to since events were last all looked at, with the time of
   * the first event.
   */
  private readonly arrived = new Map<string, number>();
  /** Likewise, names that were there and were written to: perhaps one that had left before. */
  private readonly touched = new Map<string, number>();

  /** Whether all files have been looked at, by a search or otherwise. */
  hasLooked = false;
  /** Names that were in these until the last time of it: milliseconds of CLOCK_MONOTONIC. */
  private readonly lately = { at: 0, names: new Map<string, number>() };

  constructor(private readonly context: SearchContext) {
    this.epochs.least(Date.now(), context.now());
  }

  /** Whether no change is searched for. */
  get idle(): boolean {
    const { wanted, searching } = this;
    const isIdle = (since: number): boolean => since === 0 || since === Infinity;
    return (
      wanted.size + searching.size === 0 && isIdle(this.wantedSince) && isIdle(this.searchingSince)
    );
  }

  private get busy(): boolean {
    return this.searching.size > 0 || this.searchingSince !== 0;
  }

  /** Whether it is to search for names of the inode. */
  isWanted(inode: string): boolean {
    return this.wanted.has(inode);
  }

  /** Wants all files to be looked at, for the sake of those with several names. */
  wantAll(): void {
    if (!this.hasLooked && this.wantedSince === 0 && this.searchingSince === 0)
      this.wantedSince = Infinity;
  }

  /**
   * Wants files searched that changed since then (milliseconds of CLOCK_MONOTONIC). The inode of a
   * name that is gone changed, too.
   */
  wantSince(since: number): void {
    const time = since + this.epochs.least(Date.now(), this.context.now()) - TICK;
    this.wantedSince = this.wantedSince === 0 ? time : Math.min(this.wantedSince, time);
  }

  /** The inode may have names that are not known; one is, or was, in the directory `near`. */
  want(inode: string, near: number): void {
    if (this.context.links.lacksNames(inode)) this.wanted.set(inode, near);
  }

  /**
   * As `want`, for an inode of which only the number (the second half of `Finding.inode`) is known;
   * one name of it is enough.
   */
  wantNumber(number: string, near: number): void {
    this.wanted.set(ANY_DEVICE + number, near);
  }

  /**
   * Wants a search if, in a tree that may have hard links, a file may have been written to through
   * a name that was not looked at.
   */
  suspect({ detail, after, mask, node, path }: Finding): void {
    const { links } = this.context;
    if (links.isUnusedAt(after)) return;
    if (detail === UNIDENTIFIED || (detail === LEFT && !links.isCompleteAt(after)))
      this.wantSince(after);
    if ((mask & (ARRIVAL | TOUCH)) === 0) return;
    const key = `${node}/${basename(path)}`;
    if ((mask & ARRIVAL) === 0) return this.noteTouched(key, after);
    // The earlier look may have found the file that came now, and not the one that was written to.
    const earlier =
      this.touched.get(key) ?? this.arrived.get(key) ?? this.settledLately(key, after);
    if (earlier !== undefined) this.wantSince(earlier);
    if ((mask & TOUCH) === 0) return;
    this.arrived.set(key, after);
    if (this.arrived.size < MOST) return;
    const [first = after] = this.arrived.values();
    this.wantSince(first);
    this.settled();
  }

  /** All events so far have been looked at. */
  settled(): void {
    const { now: clock, links } = this.context;
    const now = clock();
    // A change before that may have had its event just now.
    if (this.hasLooked) links.completeSince = Math.min(links.completeSince, now + TICK);
    if (now > this.lately.at + TICK) this.lately.names.clear();
    this.lately.at = now;
    for (const names of [this.arrived, this.touched]) {
      if (this.lately.names.size < MOST)
        for (const [key, since] of names) this.lately.names.set(key, since);
      names.clear();
    }
  }

  /** A name may be another file's a moment before the event of that. */
  private settledLately(key: string, after: number): number | undefined {
    return after < this.lately.at + TICK ? this.lately.names.get(key) : undefined;
  }

  private noteTouched(key: string, since: number): void {
    if (this.touched.has(key)) return;
    this.touched.set(key, since);
    if (this.touched.size <= MOST) return;
    const [first] = this.touched.keys();
    this.touched.delete(first as string);
  }

  /** Begins a search for everything wanted, unless one is going on. */
  begin(): void {
    if (this.hasLooked && this.wantedSince === Infinity) this.wantedSince = 0;
    if (this.busy || (this.wanted.size === 0 && this.wantedSince === 0) || this.isResting()) return;
    this.searching = this.wanted;
    this.searchingSince = this.wantedSince;
    this.wanted = new Map();
    this.wantedSince = 0;
    this.dropComplete();
    if (!this.busy) return;
    const began = this.context.now();
    const monitor = this.context.monitor();
    monitor.search([...this.searching.keys()], this.searchingSince);
    for (const near of new Set(this.searching.values())) {
      for (const found of monitor.searchIn(near)) this.take(found);
      if (this.context.now() - began > FIRST) break;
    }
    this.dropComplete();
    const pause = (this.context.now() - began) * PAUSES;
    if (pause > SHORT * PAUSES) this.rest(pause);
    if (this.busy) this.step();
  }

  /** A directory with a million names takes long to list, and may be the next one's, too. */
  private rest(pause: number): void {
    this.restUntil = this.context.now() + pause;
    this.context.after(pause, () => {
      this.restUntil = 0;
      this.begin();
    });
  }

  private isResting(): boolean {
    return this.context.now() < this.restUntil;
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

  /** Names that were not found are outside the watch directory. */
  private end(): void {
    for (const inode of this.searching.keys()) {
      if (inode.startsWith(ANY_DEVICE))
        this.context.settled(inode.slice(ANY_DEVICE.length), undefined);
      else this.context.links.searched(inode);
    }
    this.searching.clear();
    if (this.searchingSince !== 0) this.hasLooked = true;
    this.searchingSince = 0;
  }
}
