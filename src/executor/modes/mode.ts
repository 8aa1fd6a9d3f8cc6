/**
 * The interface of a mode: it turns dirty paths into steps; each step is one call of the handler.
 */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings, HandlerConfinement, DaemonStatus } from '../../shared/settings.js';
import type { Counted, Holding } from '../deletions/holding.js';
import type { ListFiles } from '../lists/list-files.js';
import type { Tree } from '../lists/tree.js';
import type { Recent } from '../intake/recent.js';
import type { RefusedPaths } from '../intake/refused.js';
import type { Runner } from '../run/runner.js';
import type { Verification } from '../../shared/verification.js';
import type { Failure } from './failure.js';
import type { Verified } from './verified.js';

/**
 * The circumstances of a call: passed to the handler in its environment, and used to make its
 * lists.
 */
export interface Situation {
  readonly status: DaemonStatus;
  readonly iteration: number;
  readonly initial: boolean;
  /** For the exit hook: the exit status the daemon will end with. */
  readonly exit?: number;
  /** Paths that failed before; a recursive sync of a directory above leaves them out. */
  readonly avoided?: readonly BytePath[];
  /** Nothing may be deleted at the destination (second-thoughts.ts). */
  readonly keeping?: boolean;
  /** For the exit hook: what is held. */
  readonly held?: Holding;
  /**
   * To be called before a run that also transfers one level of these directories, whatever its
   * entries are.
   */
  lists?(directories: readonly BytePath[]): void;
}

/** What became of single paths. What none of these names is settled. */
export interface Outcomes {
  /** These failed by themselves; they may lie beneath directories in hand. */
  readonly apart: readonly { readonly entries: readonly Entry[]; readonly failure: Failure }[];
  /** These changed meanwhile, and are synced again. */
  readonly disturbed: readonly Entry[];
  /** With `Situation.keeping`: something would have been deleted there. */
  readonly held: readonly Entry[];
}

/** One call of the handler: `entries` are settled when `run` resolves with undefined. */
export interface Step {
  readonly entries: readonly Entry[];
  /** Not counted by CLSYNC_ITERATION: a call for a whole directory, or for one event. */
  readonly uncounted?: boolean;
  /** One event, whose order matters only to those that conflict with it (conflicts.ts). */
  readonly isEvent?: boolean;
  run(): Promise<Failure | Outcomes | undefined>;
}

/** Whether it says for itself what became of each path. */
export function isOutcomes(result: Failure | Outcomes): result is Outcomes {
  return 'apart' in result;
}

export type Plan = readonly Step[];

export interface Mode {
  /** Asynchronous when there are very many entries: the plan is then made in turns. */
  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan>;
  /**
   * Entries with the same key must be in one call. If one entry has the key `EVERY`, all entries
   * with any key must be in its call. Undefined: this entry may be in a call of its own.
   * @param isToBePlanned the entry is in hand, and its plan follows at once
   */
  keyOf?(entry: Entry, isToBePlanned?: boolean): string | undefined;
  /** Whether this path exists in the source or at the destination, if the destination is local. */
  has?(path: BytePath): boolean;
  /** An earlier run ended while it synced these paths: something of it may be beside them. */
  brokeOff?(paths: readonly BytePath[]): void;
  /**
   * Begins to copy while the source is still walked. The initial sync waits for the end of it,
   * which is to be called when the walk is over.
   * @param obstacle why nothing may be synced
   */
  copyAhead?(obstacle: () => Failure | undefined): () => Promise<void>;
  /** Called before the first sync; throws ClsyncError when the handler cannot be used at all. */
  open?(): Promise<void>;
  close?(): Promise<void>;
  /**
   * Like `close`, but returns within a fraction of a second even if a call is running. The caller
   * then kills the processes that remain.
   */
  closeNow?(): Promise<void>;
  /**
   * Compares source and destination; a failure concerns all of one.
   * @param among these alone, with what is beneath them
   */
  verify?(how: Verification, among?: readonly BytePath[]): Promise<Verified | Failure>;
  /** Patterns for `Permitted` that match every command it starts. */
  commands(): readonly string[];
  /** Syncing a path also sets the attributes of all directories above it. */
  readonly carriesDirectories?: boolean;
  /**
   * A call may run beside one that takes long, for other directories of the root, although calls
   * are made one at a time otherwise (overtaking.ts).
   */
  readonly overtakes?: boolean;
  /** Its syncs start no program, so that many small ones cost little more than a large one. */
  readonly startsNone?: boolean;
  /** What was moved in the source is moved at the destination (`Entry.origin`). */
  readonly moves?: boolean;
  /** With `Situation.keeping`, directories are synced without deleting anything in them. */
  readonly keeps?: boolean;
  /**
   * How many names these entries would remove; undefined: as `removalsBy` finds it.
   * @param among all that are in hand: what is moved is not removed
   */
  removals?(
    entries: readonly Entry[],
    situation: Situation,
    among: readonly Entry[],
  ): Promise<Counted>;
}

/** What the executor gives to a mode. */
export interface Services {
  readonly settings: () => ExecutorSettings;
  readonly runner: Runner;
  readonly handlers: HandlerConfinement;
  readonly tree: Tree;
  readonly refused: RefusedPaths;
  /**
   * Directories that no recursive sync may enter, the root perhaps among them: see overlong.ts and
   * foreign-mounts.ts.
   */
  notEntered(): ReadonlySet<BytePath>;
  readonly lists: ListFiles;
  /** Paths synced in the last seconds. */
  readonly recent: Recent;
  readonly report: Report;
  /** Number of paths that wait for a later sync. */
  pending(): number;
  /** Whether the daemon is to end at once. */
  ending(): boolean;
  /** Reports how many objects a running sync has checked, and how many it knows so far. */
  progress(done: number, total: number): void;
  /** So many bytes were written at the destination. */
  copied(bytes: number): void;
}

/** The environment of a handler or hook. */
export function environmentOf(settings: ExecutorSettings, situation: Situation): BytePath[] {
  const { status, iteration, exit, held } = situation;
  const own = [
    `CLSYNC_STATUS=${status}`,
    `CLSYNC_ITERATION=${iteration}`,
    ...(exit === undefined ? [] : [`CLSYNC_EXIT_STATUS=${exit & 0xff}`]),
    ...(held === undefined
      ? []
      : [`CLSYNC_HELD_DELETIONS=${held.paths}`, `CLSYNC_HELD_REASON=${fromText(held.reason)}`]),
  ];
  return [...settings.environment, ...(own as BytePath[])];
}
