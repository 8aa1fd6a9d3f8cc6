/** What the state needs of the rest of the executor, and knows of a sync. */
import type { BytePath } from '../../shared/bytes.js';
import type { Batch, Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { Row } from './rows.js';
import type { Usage } from './usage.js';

export interface StateContext {
  readonly watchDirectory: BytePath;
  /** A new directory is one entry. */
  readonly takesWhole: boolean;
  /** Whether nothing that counts has changed. */
  readonly isAsBefore: (before: Row, after: Row) => boolean;
  /** What is there at the first start counts as synced (`--skip-initialsync`). */
  readonly skipsInitial: boolean;
  /** All is synced at every start (`--full-initialsync`). */
  readonly syncsAll: boolean;
  readonly report: Report;
  readonly usage: Usage;
  /** Entries for the backlog. */
  add(batch: Batch): void;
  /** Resolves when the changes of all events up to now have been passed to `arrived`. */
  quiet(): Promise<void>;
  /** The paths of all entries that wait or are in hand. */
  waiting(): Iterable<BytePath>;
  /** Those of the entries whose own path has changed since they were taken. */
  changedSince(entries: readonly Entry[]): Iterable<Entry>;
  /** What an earlier run was syncing when it ended. */
  brokeOff(paths: readonly BytePath[]): void;
}

/** What is known when a sync begins. */
export interface Begun {
  readonly entries: readonly Entry[];
  readonly time: number;
  /** Null: it could not be looked at; undefined: nothing was there. */
  readonly rows: ReadonlyMap<BytePath, Row | undefined | null>;
  /**
   * Walks that have found what is beneath a recursive entry, with the directory they began with.
   */
  readonly walks: ReadonlyMap<number, BytePath>;
  /** Directories of which it transfers other names, too. */
  readonly around: Set<BytePath>;
}
