/** One queue of the backlog: entries that wait, and since when. Pure. */
import type { BytePath } from '../../shared/bytes.js';
import { collapse } from '../../shared/collapse.js';
import { EntryFlag, coalesce } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { QUEUES } from './backlog.js';
import type { QueueCounts, QueueName } from './backlog.js';
import { Lanes } from './lanes.js';

export class Queue {
  readonly entries = new Lanes();
  /** From when its delay counts, and when its first event happened; not valid while it is empty. */
  since = 0;
  oldest = 0;

  /** An entry that waits already is joined. */
  put(entry: Entry, since: number): void {
    const isFirst = this.entries.size === 0;
    this.since = isFirst ? since : Math.min(this.since, since);
    // What goes back after a failure has waited since its change.
    this.oldest = Math.min(isFirst ? since : this.oldest, since, entry.since);
    const older = this.entries.get(entry.path);
    this.entries.set(older ? coalesce(older, entry) : entry);
  }

  /** The path waits in it. */
  remove(path: BytePath): Entry {
    const entry = this.entries.get(path) as Entry;
    this.entries.delete(path);
    return entry;
  }

  /** Directories take the place of what is in them, until about `most` entries are left. */
  collapse(most: number): void {
    const [plain, byName] = divided(this.entries.values());
    const closed = new Set(byName.map(({ path }) => path));
    const collapsed = collapse(plain, most, (directory) => !closed.has(directory));
    this.entries.clear();
    for (const entry of [...byName, ...collapsed]) this.entries.set(entry);
  }
}

export function countsOf(queues: Readonly<Record<QueueName, Queue>>): QueueCounts {
  const size = (name: QueueName): number => queues[name].entries.size;
  // What a walk found has no time.
  const since = QUEUES.filter((name) => size(name) > 0)
    .map((name) => queues[name].oldest)
    .filter((time) => time > 0)
    .reduce((least, time) => Math.min(least, time), Infinity);
  return {
    normal: size('normal'),
    big: size('big'),
    instant: size('instant'),
    lockWait: size('lockWait'),
    since: since === Infinity ? undefined : since,
  };
}

export function* pathsOf(queues: Readonly<Record<QueueName, Queue>>): Iterable<BytePath> {
  for (const name of QUEUES) yield* queues[name].entries.keys();
}

/** Entries that a directory can replace, and directories that are synced name by name. */
function divided(entries: Iterable<Entry>): [plain: Entry[], byName: Entry[]] {
  const [plain, byName]: [Entry[], Entry[]] = [[], []];
  for (const entry of entries) (entry.flags & EntryFlag.overlong ? byName : plain).push(entry);
  return [plain, byName];
}
