/**
 * The dirty paths: state, not history. A path that becomes dirty again before it was sent stays one
 * entry, in its place. Pure: no clock of its own and no I/O.
 */
import { parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { MOST_PATHS, WHOLE, collapse } from '../../shared/collapse.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';

/** An entry that has not been sent yet. */
export interface Dirty {
  readonly path: BytePath;
  readonly mask: number;
  readonly before: ObjectType;
  readonly after: ObjectType;
  readonly flags: number;
  /** Milliseconds of CLOCK_MONOTONIC at the first event. */
  readonly since: number;
  /** Says nothing that a directory above, if it is absent, does not say. */
  readonly implied?: boolean;
}

export interface BatchLimits {
  readonly entries: number;
  /** Bytes of paths. */
  readonly bytes: number;
}

/** Where dirty paths wait to be sent; a set, or in mode `simple` the sequence of events. */
export interface Pending {
  readonly size: number;
  /**
   * How many entries have ever been put in, and how many have left again: what was in at a moment
   * is out once `left` has reached the `entered` of then.
   */
  readonly entered: number;
  readonly left: number;
  add(dirty: Dirty): void;
  take(limits: BatchLimits, now: number): Entry[];
}

export class DirtySet implements Pending {
  private paths = new Map<BytePath, Dirty>();
  entered = 0;
  left = 0;
  /** So many may wait before directories stand for them; more where that did not help. */
  private bound: number;
  /**
   * Entries that were left when directories were made to stand for the others: with the last of
   * them, all that had entered until then is out.
   */
  private readonly collapsed = { waiting: 0, entered: 0 };

  /**
   * @param onCollapse called when directories have been made to stand for what is in them;
   * undefined: every path is told by itself
   */
  constructor(private readonly onCollapse?: () => void) {
    this.bound = onCollapse === undefined ? Infinity : MOST_PATHS;
  }

  get size(): number {
    return this.paths.size;
  }

  add(dirty: Dirty): void {
    const waiting = this.paths.get(dirty.path);
    if (waiting === undefined) this.entered++;
    this.paths.set(dirty.path, waiting === undefined ? dirty : merge(waiting, dirty));
    if (this.paths.size > this.bound) this.collapse();
  }

  take(limits: BatchLimits, now: number): Entry[] {
    const batch: Entry[] = [];
    let bytes = 0;
    for (const dirty of this.paths.values()) {
      if (batch.length >= limits.entries || (bytes > 0 && bytes + dirty.path.length > limits.bytes))
        break;
      const swallowed =
        (isDirectoryOnly(dirty) && this.waitsAbove(dirty.path, isRecursive)) ||
        (dirty.implied === true && this.waitsAbove(dirty.path, isAbsent));
      this.paths.delete(dirty.path);
      this.leave();
      if (swallowed) continue;
      bytes += dirty.path.length;
      batch.push(entryOf(dirty, now));
    }
    return batch;
  }

  private leave(): void {
    if (this.collapsed.waiting === 0) this.left++;
    else if (--this.collapsed.waiting === 0) this.left = this.collapsed.entered;
  }

  private collapse(): void {
    const all = [...this.paths.values()];
    // Before the directories: what is refused in them must be known when they are synced.
    this.paths = new Map(
      all.filter((dirty) => !isPlain(dirty)).map((dirty) => [dirty.path, dirty]),
    );
    const { paths } = this;
    for (const dirty of collapse(
      all.filter(isPlain),
      MOST_PATHS / 4,
      wholeOf,
      (directory) => !paths.has(directory),
    ))
      paths.set(dirty.path, dirty);
    this.bound = Math.max(MOST_PATHS, 2 * paths.size);
    Object.assign(this.collapsed, { waiting: paths.size, entered: this.entered });
    this.onCollapse?.();
  }

  /** Whether such a one above is still waiting, and so will be sent after this. */
  private waitsAbove(path: BytePath, isSuch: (dirty: Dirty) => boolean): boolean {
    for (let above = path; above !== '';) {
      above = parent(above);
      const waiting = this.paths.get(above);
      if (waiting !== undefined && isSuch(waiting)) return true;
    }
    return false;
  }
}

/** A call for every event, in their order. */
export class EventSequence implements Pending {
  private readonly events: Dirty[] = [];
  entered = 0;
  left = 0;

  get size(): number {
    return this.events.length;
  }

  add(dirty: Dirty): void {
    this.entered++;
    this.events.push(dirty);
  }

  take(limits: BatchLimits, now: number): Entry[] {
    let bytes = 0;
    let count = 0;
    while (count < this.events.length && count < limits.entries) {
      bytes += this.events[count]?.path.length ?? 0;
      if (count > 0 && bytes > limits.bytes) break;
      count++;
    }
    this.left += count;
    return this.events.splice(0, count).map((dirty) => entryOf(dirty, now));
  }
}

export function entryOf(dirty: Dirty, now: number): Entry {
  const { path, mask, before, after, flags, since } = dirty;
  return { path, mask, before, after, flags, age: Math.max(0, now - since) };
}

/** Of all that it holds the first has waited longest. */
function wholeOf(whole: Pick<Dirty, 'path' | 'mask'>, group: readonly Dirty[]): Dirty {
  return {
    ...whole,
    ...WHOLE,
    since: group.reduce((first, { since }) => Math.min(first, since), Infinity),
  };
}

/** Says nothing but that something has changed. */
function isPlain({ flags }: Dirty): boolean {
  return (flags & ~(EntryFlag.recursive | EntryFlag.big)) === 0;
}

function merge(first: Dirty, last: Dirty): Dirty {
  if ((last.flags & EntryFlag.refused) !== 0) return { ...last, since: first.since };
  const { refused, contentRefused, big } = EntryFlag;
  const wasRefused = (first.flags & refused) !== 0;
  if (last.mask === 0 && last.flags === contentRefused && !wasRefused)
    return { ...first, flags: first.flags | contentRefused, implied: false };
  // What was walked since is no other file system any more, and what is gone has no content.
  const outdated =
    isRecursive(last) || last.after === ObjectType.absent ? big | contentRefused : big;
  return {
    path: first.path,
    mask: first.mask | last.mask,
    before: wasRefused ? last.before : first.before,
    after: last.after,
    flags: wasRefused ? last.flags | EntryFlag.admitted : (first.flags & ~outdated) | last.flags,
    since: Math.min(first.since, last.since),
    implied: first.implied === true && last.implied === true,
  };
}

function isRecursive({ flags }: Dirty): boolean {
  return (flags & EntryFlag.recursive) !== 0;
}

function isAbsent({ after, flags }: Dirty): boolean {
  return after === ObjectType.absent && (flags & EntryFlag.refused) === 0;
}

/**
 * A directory's own entry says nothing that a recursive one above does not; a file's does (a write
 * that kept size and time).
 */
function isDirectoryOnly(dirty: Dirty): boolean {
  return (dirty.flags & EntryFlag.recursive) !== 0 && (dirty.flags & EntryFlag.admitted) === 0;
}
