/** Where changes and refusals wait until every consumer has taken them. */
import type { BytePath } from '../../shared/bytes.js';
import type { Batch, Entry, Refusal } from '../../shared/entry.js';

export interface BatchLimits {
  /** As `sizeOf` counts. */
  readonly size: number;
  /** As `creditOf` counts; without it, any. */
  readonly credit?: number;
  /** Bytes of paths. A single item may have more. */
  readonly bytes: number;
}

/** One executor's view of what waits: it takes everything, at its own pace. */
export interface Consumer {
  /** How much waits for it, as `sizeOf` counts. */
  readonly size: number;
  /** The number of what was added last. */
  readonly last: number;
  /** Whether it has taken all that had been added when `last` was this number. */
  hasTaken(last: number): boolean;
  /** Undefined if nothing is left to send. */
  take(limits: BatchLimits): Batch | undefined;
  /** Adds what no other consumer takes. */
  give(change: Entry): void;
  /** It takes nothing any more, and nothing is kept for it. */
  leave(): void;
}

/** A set of paths; or, in mode `simple`, the sequence of events. */
export interface Pending {
  /** How much some consumer has yet to take. */
  readonly size: number;
  /** A path has changed, and so is not refused. */
  add(change: Entry): void;
  /**
   * Where an object that was moved is for the consumer that has taken most; undefined: it was new,
   * or is where it was. To be asked before what has been looked at together with it is added.
   */
  originOf(from: BytePath, to: BytePath): BytePath | undefined;
  /** The path that an object which waits here was moved from. */
  waitingOrigin(path: BytePath): BytePath | undefined;
  refuse(refusal: Refusal): void;
  /** Neither the path nor its content is refused any longer. */
  release(path: BytePath): void;
  /** A new consumer. It begins with all that some other consumer has yet to take. */
  consumer(): Consumer;
}
