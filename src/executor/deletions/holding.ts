/** What is known of deletions that are held, and of those that a sync would make. */
import type { Entry } from '../../shared/entry.js';
import type { Held } from '../../shared/messages.js';
import type { Failure } from '../modes/failure.js';

/** What is held; nothing is, where `paths` is 0. */
export interface Holding {
  /** Number of names, as far as they have been counted. */
  readonly paths: number;
  readonly reason: string;
  readonly why: Held;
}

/** The part of a sync that goes on. */
export interface Considered {
  readonly entries: readonly Entry[];
  /** Nothing may be deleted: directories among the entries are synced without. */
  readonly keeping: boolean;
  /** What is not deleted is not to be deleted later. */
  readonly isForGood?: true;
  /** What would be deleted cannot be found out. */
  readonly failure?: Failure;
}

/** Number of names that a sync would remove, or why that cannot be found out. */
export type Counted = { readonly names: number } | { readonly failure: Failure };
