/** What a crew is told, how it ends, and how long its members may take. */
import type { ClsyncError } from '../shared/errors.js';
import type { ExecutorSettings, WatcherSettings } from '../shared/settings.js';
import type { Limits } from './left-behind.js';
import type { Member } from './sandbox/roles.js';

export interface RoleSettings {
  readonly watcher: WatcherSettings;
  /** In the order of the destinations. */
  readonly executors: readonly ExecutorSettings[];
}

export interface CrewEvents {
  /** Why the ground all members are bound to is no longer at its paths; undefined while it is. */
  loss(): ClsyncError | undefined;
  /** An executor has left, for this reason, and others go on. */
  left(member: Member, error: ClsyncError): void;
}

export type CrewEnd =
  /** All executors have finished, or one has failed. */
  | { readonly kind: 'finished'; readonly exit: number; readonly text: string }
  /** A member reports that it cannot do its work. */
  | { readonly kind: 'failed'; readonly error: Error; readonly exit: number }
  /** A member died, broke the protocol or could not be started. */
  | { readonly kind: 'lost'; readonly error: ClsyncError };

/** `now`: the daemon is to end now; `ending`: it ends; `restarting`: it goes on. */
export type Urgency = 'now' | 'ending' | 'restarting';

/** Milliseconds within which every member must report that it is up. */
export const UP_LIMIT = 60_000;
/**
 * When what waits in the kernel is left to it. Told to end now, the daemon ends within a second
 * whatever hangs.
 */
export const PATIENCE: Readonly<Record<Urgency, Limits>> = {
  now: { least: 150, patience: 600 },
  ending: { least: 5_000, patience: 5_000 },
  restarting: { least: 5_000, patience: 5_000 },
};
/** Milliseconds a role has to end by itself when the daemon is to end now, at most. */
export const GRACE_NOW = 100;

/**
 * Milliseconds until a crew, or one executor of several, is started again: doubles with each death
 * up to `longest`, and starts again at `first` after one that ran for `calm`.
 */
export const BACK_OFF = { first: 100, longest: 30_000, calm: 60_000 } as const;
/** The longest pause, in milliseconds, when the ground was lost: it may be back soon. */
export const CHANGE_LIMIT = 1000;
