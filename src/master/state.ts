/** The state of the daemon as plain data; ledger.ts says what changes it. */
import type { BytePath } from '../shared/bytes.js';
import type { Payload } from '../shared/messages.js';
import type { DaemonStatus } from '../shared/settings.js';

/** The options in force, as the control socket tells them. */
export interface Instance {
  readonly block: BytePath;
  readonly label: BytePath;
  /**
   * A bit for each flag of the options table, in its order: whether it is on, and whether given.
   */
  readonly flags: bigint;
  readonly given: bigint;
}

/** All times are milliseconds since the epoch. */
export interface ProcessState {
  /** undefined: it does not run. */
  readonly pid: number | undefined;
  /** How often it was started, and when it was last started or ended. */
  readonly starts: number;
  readonly changed: number;
}

export interface WatcherState extends ProcessState {
  /** Since when the tree is watched, and how the walk before went; undefined: it is not yet. */
  readonly watching: { readonly since: number; readonly walk: Payload<'watching'> } | undefined;
  /** What the watcher that runs counts. */
  readonly counters: Payload<'counters'>;
  /** Of all watchers since the daemon started. */
  readonly overflows: number;
  readonly rescans: number;
}

/** An executor, and so the destination it works for. */
export interface ExecutorState extends ProcessState {
  readonly status: DaemonStatus;
  readonly backlog: Payload<'backlog'>;
  /** Of the initial sync, while it lasts. */
  readonly progress: Payload<'progress'> | undefined;
  /** Since the daemon started: syncs that ended well, the paths in them, and syncs that failed. */
  readonly syncs: number;
  readonly paths: number;
  readonly failures: number;
  readonly lastSync: { readonly at: number; readonly report: Payload<'synced'> } | undefined;
  readonly lastFailure: { readonly at: number; readonly text: string } | undefined;
}

export interface DaemonState {
  readonly since: number;
  readonly instance: Instance;
  /** As in the status file. */
  readonly status: DaemonStatus;
  readonly statusSince: number;
  /** What to go back to once the new rules are in force; undefined: no rules are being read. */
  readonly beforeRehash: DaemonStatus | undefined;
  readonly stopping: boolean;
  readonly watcher: WatcherState;
  /** By the names of the crew's members. */
  readonly executors: ReadonlyMap<string, ExecutorState>;
  /** How often all roles were started anew. */
  readonly restarts: number;
  readonly lastError: { readonly at: number; readonly text: string } | undefined;
}

const NOT_RUNNING = { pid: undefined, starts: 0 } as const;
export const NOTHING_COUNTED = { directories: 0, pending: 0, overflows: 0, rescans: 0 } as const;
export const NOTHING_WAITS = { waiting: 0, inHand: 0, failing: 0 } as const;

export function initialState(at: number, instance: Instance): DaemonState {
  return {
    since: at,
    instance,
    status: 'starting',
    statusSince: at,
    beforeRehash: undefined,
    stopping: false,
    watcher: {
      ...NOT_RUNNING,
      changed: at,
      watching: undefined,
      counters: NOTHING_COUNTED,
      overflows: 0,
      rescans: 0,
    },
    executors: new Map(),
    restarts: 0,
    lastError: undefined,
  };
}

export function newExecutor(at: number): ExecutorState {
  return {
    ...NOT_RUNNING,
    changed: at,
    status: 'starting',
    backlog: NOTHING_WAITS,
    progress: undefined,
    syncs: 0,
    paths: 0,
    failures: 0,
    lastSync: undefined,
    lastFailure: undefined,
  };
}

/** Paths that wait anywhere or are being synced, and of those that wait the ones that failed. */
export function pendingOf({ watcher, executors }: DaemonState): {
  readonly pending: number;
  readonly failing: number;
} {
  let [pending, failing] = [watcher.counters.pending, 0];
  for (const { backlog } of executors.values()) {
    pending += backlog.waiting + backlog.inHand;
    failing += backlog.failing;
  }
  return { pending, failing };
}
