/** What is pending, as rows of JSON for `clsync ctl queue`. */
import { ROOT, displayInTree, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { JUST_NOW } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { QUEUES } from '../schedule/backlog.js';
import type { Backlog } from '../schedule/backlog.js';

/** Most rows of an answer: people and programs want a look, not a million names. */
const ROWS_MAX = 1000;

export interface PendingRow {
  /** As `display` shows it; `.`: the watch directory itself. */
  readonly path: string;
  /** Where it waits: a queue, `settling`, `failing` (for another try), `disturbed` or `syncing`. */
  readonly queue: string;
  /** Seconds since its first change; missing: it was not an event. */
  readonly age?: number;
  /** Seconds until it is tried again. */
  readonly next?: number;
  /** How often it failed. */
  readonly tries?: number;
}

/** @param under only this path and those beneath it @param now of the clock of `Entry.since` */
export function* pendingRows(
  backlog: Backlog,
  under: BytePath,
  now: number,
  triesOf: (path: BytePath) => number,
): Generator<PendingRow> {
  let left = ROWS_MAX;
  for (const [queue, { path, since }, due] of all(backlog)) {
    if (under !== ROOT && !isWithin(path, under)) continue;
    if (left-- === 0) return;
    const tries = triesOf(path);
    yield {
      path: displayInTree(path),
      queue,
      ...(since === JUST_NOW || since === 0 ? {} : { age: seconds(now - since) }),
      ...(due === undefined ? {} : { next: seconds(due - now) }),
      ...(tries === 0 ? {} : { tries }),
    };
  }
}

function* all(backlog: Backlog): Generator<[queue: string, entry: Entry, due?: number]> {
  for (const entry of backlog.inHand) yield ['syncing', entry];
  for (const { entry, due, failing } of backlog.held.values())
    yield [failing ? 'failing' : 'disturbed', entry, due];
  for (const entry of backlog.settling?.entries() ?? []) yield ['settling', entry];
  for (const name of QUEUES) for (const entry of backlog.entriesOf(name)) yield [name, entry];
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds) / 1000);
}
