/** What waits in a backlog, without the order in which it is due. */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { QUEUES } from './backlog.js';
import type { Backlog } from './backlog.js';

/** What may be taken now or later: not what is held back. */
export function* queued(backlog: Backlog): Generator<Entry> {
  for (const name of QUEUES) yield* backlog.entriesOf(name);
}

/** Paths of all that waits, held back or not. */
export function* waitingPaths(backlog: Backlog): Generator<BytePath> {
  for (const { path } of queued(backlog)) yield path;
  yield* backlog.held.keys();
}

/** Paths of all that waits or is in hand. */
export function* unsettledPaths(backlog: Backlog): Generator<BytePath> {
  yield* waitingPaths(backlog);
  for (const { path } of backlog.inHand) yield path;
}

/** All that waits, also to settle, or is in hand. */
export function* unsettled(backlog: Backlog): Generator<Entry> {
  yield* queued(backlog);
  for (const { entry } of backlog.held.values()) yield entry;
  yield* backlog.settling?.entries() ?? [];
  yield* backlog.inHand;
}

/** Those of the entries for which a change waits. */
export function changedSince(backlog: Backlog, entries: readonly Entry[]): Entry[] {
  const waiting = new Set(waitingPaths(backlog));
  return entries.filter(({ path }) => waiting.has(path));
}
