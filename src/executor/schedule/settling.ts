/**
 * Files that wait until they have not changed for a time (`--settle`), as uploads do that nobody is
 * to see half done. A deletion and what is no regular file never wait; only a new directory that is
 * synced whole does for a moment, so that what is begun in it is known. A move is no change: a file
 * that was moved here, or was found by a walk, has waited since it was modified last. Pure but for
 * what it is given. Times in milliseconds of one monotonic clock; what files say is compared with
 * `wall`.
 */
import { isBeneath } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { MOST_PATHS } from '../../shared/collapse.js';
import { EntryFlag, ObjectType, coalesce, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import type { Status } from '../lists/tree.js';

export interface SettleTimes {
  /** How long a file must not have changed; more than 0. */
  readonly quiet: number;
  /** How long after its first change it waits at most. */
  readonly limit: number;
}

export interface SettlingContext {
  /** The present object at a path; undefined: none. */
  look(path: BytePath): Status | undefined;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Called once, when so many files wait that further ones do not. */
  full(most: number): void;
}

interface Waiting {
  readonly entry: Entry;
  /** What the file looked like at its last change. */
  readonly sight: string;
  readonly due: number;
  /** When it is looked at next: `due` or, as later changes do not move it, earlier. */
  readonly look: number;
}

/** Whether a change says that content or attributes were changed just now. */
const WRITTEN = IN.MODIFY | IN.CLOSE_WRITE | IN.ATTRIB;
/** Milliseconds that a new directory waits at most. */
const NEW_DIRECTORY = 1000;
/** Files that are due within this part of `quiet` are looked at together. */
const STEPS = 32;

export class Settling {
  private readonly waiting = new Map<BytePath, Waiting>();
  /** By `Waiting.look`; what no longer waits, or not so, stays in it. */
  private readonly looks = new Map<number, Set<BytePath>>();
  private initial = 0;
  private isFull = false;

  /** @param most files that wait at most */
  constructor(
    private readonly times: SettleTimes,
    private readonly context: SettlingContext,
    private readonly most = MOST_PATHS,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** How many of them the initial walk, or a full rescan, has found. */
  get initials(): number {
    return this.initial;
  }

  has(path: BytePath): boolean {
    return this.waiting.has(path);
  }

  paths(): Iterable<BytePath> {
    return this.waiting.keys();
  }

  *files(): Iterable<BytePath> {
    for (const { path, after } of this.entries()) if (after !== ObjectType.directory) yield path;
  }

  *entries(): Iterable<Entry> {
    for (const { entry } of this.waiting.values()) yield entry;
  }

  /**
   * Returns what need not wait: the entry, joined with what has waited for its path. Undefined: it
   * waits.
   * @param older what waits for the path elsewhere, and is joined with it if it waits here
   */
  admit(entry: Entry, now: number, older?: Entry): Entry | undefined {
    const before = this.waiting.get(entry.path);
    const status = this.statusOf(entry);
    const all = before === undefined ? entry : coalesce(before.entry, entry);
    const joined = older === undefined ? all : coalesce(older, all);
    const last = Math.min(joined.since, now) + this.times.limit;
    const due = status === undefined ? -Infinity : Math.min(now + this.rest(entry, status), last);
    const hasRoom = before !== undefined || this.waiting.size < this.most;
    if (due > now && hasRoom) {
      this.put(joined, signOf(status), now, due);
      return undefined;
    }
    if (due > now) this.tooMany();
    this.remove(entry.path);
    return all;
  }

  /**
   * A sync of these directories leaves out what waits beneath them: should something else stand
   * there by then, all of it is to be synced in the end.
   */
  widenBeneath(directories: ReadonlySet<BytePath>): void {
    if (directories.size === 0) return;
    for (const [path, found] of this.waiting) {
      const { flags } = found.entry;
      if (isRecursive({ flags }) || !isBeneath(path, directories)) continue;
      const entry = { ...found.entry, flags: flags | EntryFlag.recursive };
      this.waiting.set(path, { ...found, entry });
    }
  }

  /** Joins an older entry with the one that waits for its path. */
  join(older: Entry): void {
    const found = this.waiting.get(older.path);
    if (found === undefined) return;
    this.count(found.entry, -1);
    const entry = coalesce(older, found.entry);
    this.count(entry, 1);
    this.waiting.set(older.path, { ...found, entry });
  }

  /** Takes those that have not changed for long enough, or have waited to the limit. */
  take(now: number): Entry[] {
    const taken: Entry[] = [];
    for (const [time, paths] of this.looks) {
      if (time > now) continue;
      this.looks.delete(time);
      for (const path of paths) {
        const found = this.waiting.get(path);
        if (found?.look !== time || !this.isSettled(found, now)) continue;
        this.remove(path);
        taken.push(found.entry);
      }
    }
    return taken;
  }

  /** Takes wanted ones, settled or not. */
  takeWanted(isWanted: (entry: Entry) => boolean): Entry[] {
    const taken = [...this.entries()].filter(isWanted);
    for (const { path } of taken) this.remove(path);
    return taken;
  }

  /** A time up to which none is due. */
  nextDue(): number {
    let first = Infinity;
    for (const time of this.looks.keys()) first = Math.min(first, time);
    return first;
  }

  /** Of what has to wait; undefined: it does not. */
  private statusOf(entry: Entry): Status | undefined {
    const { after, flags, path } = entry;
    if (after === ObjectType.absent || (flags & EntryFlag.again) !== 0) return undefined;
    if (after === ObjectType.directory && !isNewWhole(entry)) return undefined;
    const status = this.context.look(path);
    const kind = after === ObjectType.directory ? 'directory' : 'file';
    return status?.kind === kind ? status : undefined;
  }

  /** How long it has still to be quiet. */
  private rest({ mask }: Entry, { kind, modified }: Status): number {
    const { quiet } = this.times;
    if (kind === 'directory') return Math.min(quiet, NEW_DIRECTORY);
    if ((mask & WRITTEN) !== 0) return quiet;
    const age = this.context.wall() - modified;
    return age < 0 ? quiet : quiet - age;
  }

  /** Otherwise it waits on: perhaps it has changed since its last event. */
  private isSettled({ entry, sight, due }: Waiting, now: number): boolean {
    const last = entry.since + this.times.limit;
    const status = due > now ? undefined : this.context.look(entry.path);
    const isSame = status?.kind !== 'file' || signOf(status) === sight;
    if (last <= now || (due <= now && isSame)) return true;
    if (due > now) this.put(entry, sight, now, due);
    else this.put(entry, signOf(status), now, Math.min(now + this.times.quiet, last));
    return false;
  }

  private put(entry: Entry, sight: string, now: number, due: number): void {
    const before = this.remove(entry.path);
    // An entry of the executor's own has no time yet.
    const waits = entry.since <= now ? entry : { ...entry, since: now };
    const step = Math.max(1, this.times.quiet / STEPS);
    const time = Math.min(Math.ceil(due / step) * step, waits.since + this.times.limit);
    const isPlanned = before !== undefined && before.look > now && before.look <= time;
    const look = isPlanned ? before.look : time;
    if (!isPlanned) this.looks.set(look, (this.looks.get(look) ?? new Set()).add(entry.path));
    this.waiting.set(entry.path, { entry: waits, sight, due, look });
    this.count(waits, 1);
  }

  private remove(path: BytePath): Waiting | undefined {
    const found = this.waiting.get(path);
    if (found === undefined) return undefined;
    this.count(found.entry, -1);
    this.waiting.delete(path);
    return found;
  }

  private count({ flags }: Entry, sign: 1 | -1): void {
    if ((flags & EntryFlag.initial) !== 0) this.initial += sign;
  }

  private tooMany(): void {
    if (!this.isFull) this.context.full(this.most);
    this.isFull = true;
  }
}

function isNewWhole({ flags, mask }: Entry): boolean {
  const isNew = (mask & IN.CREATE) !== 0 && (mask & IN.MOVED_TO) === 0;
  return isNew && isRecursive({ flags }) && (flags & EntryFlag.initial) === 0;
}

/** Identifies what a file holds, as far as lstat(2) tells. */
function signOf(status: Status | undefined): string {
  return status === undefined ? '' : `${status.inode} ${status.size} ${status.modified}`;
}
