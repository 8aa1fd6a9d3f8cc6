/** What a running clsync answers over its control socket. */
import type { Side } from '../shared/verification.js';

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly suffix: string;
}

export interface Info {
  readonly block: string;
  readonly label: string;
  /** For people. */
  readonly text: string;
}

/** A path that waits to be synced. */
export interface PendingPath {
  /** Of several. */
  readonly destination?: string;
  /** `.`: the watch directory itself. */
  readonly path: string;
  /** normal, big, instant, lockWait, settling, failing, disturbed or syncing. */
  readonly queue: string;
  /** Seconds since its first change, if that was an event. */
  readonly age?: number;
  /** Seconds until it is tried again, and how often it has failed. */
  readonly next?: number;
  readonly tries?: number;
}

/** A path that differs at the destination; null: nothing is there. */
export interface DifferentPath {
  /** Which of several destinations. */
  readonly at?: string;
  readonly path: string;
  /** missing, extra, type, size, time, owner, group, mode, links and others. */
  readonly what: readonly string[];
  readonly source: Side | null;
  readonly destination: Side | null;
}

export interface Comparison {
  readonly differences: readonly DifferentPath[];
  readonly failures: number;
  /** Which could not be looked at, and why. */
  readonly text: string;
}
