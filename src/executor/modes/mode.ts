/** What a mode is: it turns dirty paths into steps, each one call of the handler. */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings, HandlerConfinement, DaemonStatus } from '../../shared/settings.js';
import type { ListFiles } from '../lists/list-files.js';
import type { Tree } from '../lists/tree.js';
import type { Recent } from '../intake/recent.js';
import type { RefusedPaths } from '../intake/refused.js';
import type { Runner } from '../run/runner.js';
import type { Failure } from './failure.js';

/** What a handler is told through its environment, and what its lists depend on. */
export interface Situation {
  readonly status: DaemonStatus;
  readonly iteration: number;
  readonly initial: boolean;
  /** For the exit hook: the status the daemon is to end with. */
  readonly exit?: number;
  /** Paths that fail, to be left out where a directory is taken with what is in it. */
  readonly avoided?: readonly BytePath[];
}

/**
 * One call of the handler: `entries` are settled when it ends well (`run` resolves with undefined).
 */
export interface Step {
  readonly entries: readonly Entry[];
  /** Not counted by CLSYNC_ITERATION: a call for a whole directory, or for one event. */
  readonly uncounted?: boolean;
  run(): Promise<Failure | undefined>;
}

export type Plan = readonly Step[];

export interface Mode {
  /** Of very many entries it is made in turns of the event loop. */
  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan>;
  /**
   * Entries of one key, and all with a key where one has `EVERY`, are only ever to be in one call;
   * undefined: this one may be alone.
   * @param isToBePlanned it is in hand, and its plan follows at once
   */
  keyOf?(entry: Entry, isToBePlanned?: boolean): string | undefined;
  /**
   * Whether there is something at this path, in the source or (as far as that can be seen) at the
   * destination.
   */
  has?(path: BytePath): boolean;
  /** Before the first sync; throws ClsyncError when the handler cannot be used at all. */
  open?(): Promise<void>;
  close?(): Promise<void>;
  /** The same in a fraction of a second, whatever runs; what is still there is killed then. */
  closeNow?(): Promise<void>;
  /** All that it starts, as patterns for `Permitted`. */
  commands(): readonly string[];
  /** Syncing a path also sets the attributes of all directories above it. */
  readonly carriesDirectories?: boolean;
}

/** What modes are made of. */
export interface Services {
  readonly settings: () => ExecutorSettings;
  readonly runner: Runner;
  readonly handlers: HandlerConfinement;
  readonly tree: Tree;
  readonly refused: RefusedPaths;
  /** Directories that no recursion may enter, see overlong.ts. */
  overlong(): ReadonlySet<BytePath>;
  readonly lists: ListFiles;
  /** What was synced lately. */
  readonly recent: Recent;
  readonly report: Report;
  /** Paths that wait for a later sync. */
  pending(): number;
  /** The daemon is to end at once. */
  ending(): boolean;
  /** Objects looked at and known so far by a running sync. */
  progress(done: number, total: number): void;
}

/** The environment of a handler or hook. */
export function environmentOf(settings: ExecutorSettings, situation: Situation): BytePath[] {
  const { status, iteration, exit } = situation;
  const own = [
    `CLSYNC_STATUS=${status}`,
    `CLSYNC_ITERATION=${iteration}`,
    ...(exit === undefined ? [] : [`CLSYNC_EXIT_STATUS=${exit & 0xff}`]),
  ];
  return [...settings.environment, ...(own as BytePath[])];
}
