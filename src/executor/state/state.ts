/**
 * What outlives the daemon (`--state-dir`): marks of what has been synced. Before a sync it is on
 * the disk that its paths are being synced, after its verdict what they were before it. A start
 * hands over what differs from the marks: one that is lost means one more sync, and no lost change.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT, isWithin, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import { ObjectType, isRecursive } from '../../shared/entry.js';
import type { Batch, Entry } from '../../shared/entry.js';
import { ProtocolError } from '../../shared/frames.js';
import { IN } from '../../shared/inotify-mask.js';
import { LIMITS, LISTED } from '../../shared/messages.js';
import type { Channel } from '../../shared/channel.js';
import { initialTree } from '../intake/own-entries.js';
import { Comparison, NOTHING } from './comparison.js';
import { Certainty } from './certainty.js';
import type { Begun, StateContext } from './context.js';
import { begins, reaches } from './reach.js';
import { Kind } from './records.js';
import { isDirectory, isYoung, lookAt, unsure } from './rows.js';
import type { Row } from './rows.js';
import type { Kept } from '../schedule/context.js';
import { Store } from './store.js';
import { Surroundings } from './surroundings.js';

/** Milliseconds that an orderly end takes at most to know what is certain. */
const PATIENCE = 2000;

/** The walk that is told. */
interface Listing {
  readonly walk: number;
  /** Undefined: what it finds is not compared. */
  readonly comparison: Comparison | undefined;
  /** Of the directories that the comparison hands over as a whole: their walks. */
  readonly wholes: Map<BytePath, number>;
  isInitial: boolean;
  /** The directory whose rows have begun to come. */
  directory: BytePath | undefined;
  parts: Buffer[];
}

export class State {
  private readonly store: Store;
  private readonly certainty: Certainty;
  private listing: Listing | undefined;
  private readonly surroundings = new Surroundings();
  /** Walks that are over, and whose directory is not synced yet. */
  private readonly found = new Map<number, BytePath>();

  /** @param files as in `STATE_FILES`. */
  constructor(
    files: readonly number[],
    private readonly context: StateContext,
  ) {
    this.store = new Store(files, context);
    this.certainty = new Certainty(this.store, this.surroundings, () => context.quiet());
  }

  /** Takes what the watcher tells. */
  hear(watcher: Channel): void {
    watcher
      .on('listing', ({ initial }) => this.begins(initial === 1))
      .on('rows', ({ directory, detail, rows }) => this.rows(directory, detail, rows))
      .on('listed', ({ directory, isThere }) => this.over(directory, isThere === 1));
  }

  private begins(isInitial: boolean): void {
    const { marks } = this.store;
    const { takesWhole, skipsInitial, syncsAll, isAsBefore } = this.context;
    const isNew = !marks.hasBase && (takesWhole || skipsInitial);
    const compares = isInitial && !isNew && !(takesWhole && syncsAll);
    const known = syncsAll ? NOTHING : marks;
    this.listing = {
      walk: this.newWalk(),
      comparison: compares ? new Comparison(known, takesWhole, isAsBefore) : undefined,
      wholes: new Map(),
      isInitial,
      directory: undefined,
      parts: [],
    };
  }

  private rows(directory: BytePath, detail: number, rows: Buffer): void {
    const { listing } = this;
    if (listing === undefined) throw new ProtocolError('rows of no walk');
    const isOne = listing.directory === undefined || listing.directory === directory;
    // It was moved while it was listed: events tell of it.
    if (!isOne) listing.parts = [];
    listing.directory = detail === LISTED.more ? directory : undefined;
    if (!isOne) return;
    listing.parts.push(Buffer.from(rows));
    if (detail === LISTED.more) return;
    const listed = Buffer.concat(listing.parts);
    listing.parts = [];
    if (detail !== LISTED.failed) this.store.attempt(() => this.listed(listing, directory, listed));
  }

  private listed(listing: Listing, directory: BytePath, rows: Buffer): void {
    const { comparison, walk, wholes } = listing;
    const { marks } = this.store;
    if (comparison === undefined) return marks.write(Kind.found, { walk, path: directory, rows });
    const top = comparison.wholeAbove(directory);
    if (top === undefined) {
      if (comparison.directory(directory, rows))
        marks.write(Kind.directory, { path: directory, rows });
      return;
    }
    comparison.beneathWhole(top, rows);
    let own = wholes.get(top);
    if (own === undefined) wholes.set(top, (own = this.newWalk()));
    marks.write(Kind.found, { walk: own, path: directory, rows });
  }

  private over(directory: BytePath, isThere: boolean): void {
    const { listing } = this;
    if (listing === undefined) throw new ProtocolError('the end of no walk');
    this.listing = undefined;
    const { comparison, walk, wholes, isInitial } = listing;
    if (comparison !== undefined) {
      this.store.marks.drop(walk);
      for (const [top, own] of wholes) this.found.set(own, top);
      return this.handOver(comparison);
    }
    if (!isThere) return this.store.marks.drop(walk);
    this.found.set(walk, directory);
    if (isInitial) this.first(walk);
  }

  /** The first walk of a new state is over. */
  private first(walk: number): void {
    const { skipsInitial, syncsAll } = this.context;
    if (!skipsInitial || syncsAll)
      return this.context.add({ changes: [initialTree()], refused: [], released: [] });
    this.found.delete(walk);
    this.store.attempt(() => {
      this.store.marks.write(Kind.settled, { walk, time: Date.now() });
      this.store.marks.write(Kind.base, {});
      this.store.flush();
    });
  }

  private handOver(comparison: Comparison): void {
    const { add, skipsInitial, report } = this.context;
    this.context.brokeOff([...comparison.unsure]);
    let [changes, count]: [Entry[], number] = [[], 0];
    for (const entry of comparison.entries(monotonic())) {
      changes.push(entry);
      count++;
      if (changes.length < LIMITS.list) continue;
      add({ changes, refused: [], released: [] });
      changes = [];
    }
    if (changes.length > 0) add({ changes, refused: [], released: [] });
    report('info', `paths that differ from what was synced: ${count}`);
    if (!skipsInitial && !this.store.marks.hasBase)
      this.store.attempt(() => this.store.marks.write(Kind.base, {}));
  }

  /** To be called with each batch that the watcher sends. */
  arrived({ changes }: Batch): void {
    this.certainty.changed(changes);
  }

  /** A sync of these entries begins. Never rejects; resolves when that is on the disk. */
  async syncs(entries: readonly Entry[]): Promise<Kept> {
    this.certainty.changed(entries);
    const rows = await lookAt(
      entries.map(({ path }) => path),
      this.context.watchDirectory,
    );
    this.store.attempt(() => {
      const { marks } = this.store;
      for (const entry of entries) {
        const isDir = [entry.before, entry.after].includes(ObjectType.directory);
        begins(marks, entry.path, this.comesWhole(entry), isDir);
      }
    });
    await this.store.sync();
    const tops = entries.filter(isRecursive);
    const walks = new Map(
      [...this.found].filter(([, top]) => tops.some(({ path }) => isWithin(top, path))),
    );
    for (const walk of walks.keys()) this.found.delete(walk);
    const begun = { entries, time: Date.now(), rows, walks, around: new Set<BytePath>() };
    return {
      lists: (directories) => this.around(begun, directories),
      ended: (settled, leftOut) => this.ended(begun, settled, leftOut),
    };
  }

  /** The sync transfers other names in these directories, too. */
  private around(begun: Begun, directories: readonly BytePath[]): void {
    const others = directories.filter((path) => !begun.around.has(path));
    if (others.length === 0) return;
    for (const path of others) begun.around.add(path);
    this.store.attempt(() => this.surroundings.enter(others, this.store.marks));
    this.store.syncNow();
  }

  /**
   * The sync has ended, and these of its entries are settled. What has changed during the sync may
   * be at the destination, though it is yet to be synced.
   */
  private async ended(
    begun: Begun,
    settled: readonly Entry[],
    leftOut: readonly BytePath[],
  ): Promise<void> {
    const tops = settled.filter(isRecursive).map(({ path }) => path);
    const isGone = settled.some(({ path }) => begun.rows.get(path) === undefined);
    if (isGone || tops.length + begun.around.size > 0) await this.context.quiet();
    this.store.attempt(() => {
      const { marks } = this.store;
      const waiting = new Set(this.context.waiting());
      const again = new Set(this.context.changedSince(begun.entries));
      // Of one that was replaced meanwhile, what is in it may be there with a directory above.
      for (const entry of begun.entries) if (!again.has(entry)) waiting.delete(entry.path);
      const done = settled.filter((entry) => !again.has(entry));
      this.settleAll(begun, done, tops);
      for (const path of [...waiting, ...leftOut])
        if (tops.some((top) => isWithin(path, top)) || begun.around.has(parent(path)))
          begins(marks, path, true, false);
      this.surroundings.leave(begun.around, this.store.marks);
      this.store.flush();
    });
    if (this.found.size === 0 && this.listing === undefined) this.store.shrink();
  }

  private settleAll(
    { time, rows, walks }: Begun,
    settled: readonly Entry[],
    tops: readonly BytePath[],
  ): void {
    const { marks } = this.store;
    const directories = new Set(settled.map(({ path }) => parent(path)));
    for (const directory of directories) this.times(directory, rows.get(directory));
    for (const entry of settled) this.settle(entry, rows.get(entry.path), time);
    for (const [walk, top] of walks)
      if (tops.some((path) => isWithin(top, path))) this.settleWalk(walk, top, time);
      else this.found.set(walk, top);
    if (tops.includes(ROOT)) marks.write(Kind.base, {});
    for (const directory of directories) marks.tidy(directory);
  }

  /** What is moved brings along what is in it, though it is told alone at first. */
  private comesWhole(entry: Entry): boolean {
    return isRecursive(entry) || (this.context.takesWhole && (entry.mask & IN.MOVED_TO) !== 0);
  }

  /** The rules have changed: what is refused by now may be at the destination, and is not known. */
  rulesChanged(): void {
    this.store.attempt(() => {
      this.store.marks.write(Kind.reset, {});
      this.store.flush();
    });
  }

  /** @param isHurried nothing is waited for */
  async close(isHurried: boolean): Promise<void> {
    if (!isHurried) await Promise.race([this.certainty.now(), delay(PATIENCE)]);
    await this.store.close();
  }

  private settle(entry: Entry, row: Row | undefined | null, time: number): void {
    const { marks } = this.store;
    const { path } = entry;
    if (row === null) return;
    if (row === undefined) return marks.write(Kind.gone, { path });
    // What is in it is known once it is synced as a whole.
    if (isDirectory(row) && !isRecursive(entry) && this.comesWhole(entry))
      return marks.write(Kind.set, { path, rows: unsure(row, true, true) });
    const young = isYoung(row, time);
    reaches(marks, path);
    // What is known of what is in it stays so: a walk tells directories that were there as made.
    marks.write(Kind.set, { path, rows: young ? unsure(row, false, false) : row });
    this.surroundings.keep(path, marks);
    if (young) this.certainty.doubt(path, row);
  }

  private settleWalk(walk: number, top: BytePath, time: number): void {
    this.store.marks.write(Kind.settled, { walk, time });
    this.certainty.doubtWalk(walk, top);
  }

  private times(directory: BytePath, row: Row | undefined | null): void {
    if (row !== undefined && row !== null && isDirectory(row))
      this.store.marks.write(Kind.times, { path: directory, rows: row });
  }

  private newWalk(): number {
    const walk = this.store.marks.lastWalk + 1;
    this.store.marks.begin(walk);
    return walk;
  }
}
