/** The daemon's state as plain data; ledger.ts has the transitions. */
import type { BytePath } from '../shared/bytes.js';
import { NO_DURATIONS } from '../shared/histogram.js';
import type { Histogram } from '../shared/histogram.js';
import type { Payload } from '../shared/messages.js';
import type { DaemonStatus } from '../shared/settings.js';
import type { SandboxedRole } from './sandbox/roles.js';

/** The options in force, in the form the control socket reports. */
export interface Instance {
  readonly block: BytePath;
  readonly label: BytePath;
  /**
   * Two bit masks, one bit for each flag option in the order of the options table: whether it is
   * on, and whether the user gave it.
   */
  readonly flags: bigint;
  readonly given: bigint;
  /** Of each executor by its name, as `display` shows it, where there is one. */
  readonly destinations?: ReadonlyMap<string, string>;
}

/** All times are milliseconds since the epoch. */
export interface ProcessState {
  /** undefined: the process does not run. */
  readonly pid: number | undefined;
  /** How often it was started, and the time of its last start or end. */
  readonly starts: number;
  readonly changed: number;
}

export interface WatcherState extends ProcessState {
  /**
   * Since when the tree is watched, and the result of the walk before; undefined: not watched yet.
   */
  readonly watching: { readonly since: number; readonly walk: Payload<'watching'> } | undefined;
  /** What is mounted below the watch directory; undefined: nothing is. */
  readonly mounts: Payload<'mounts'> | undefined;
  /** Counters of the running watcher. */
  readonly counters: Payload<'counters'>;
  /** Queue overflows since the daemon started, over all watchers. */
  readonly overflows: number;
  readonly rescans: number;
  readonly events: number;
}

/** The state of an executor, and so of its destination. */
export interface ExecutorState extends ProcessState {
  readonly status: DaemonStatus;
  /** Why it does not run while others do; undefined: it runs, or none does. */
  readonly away: string | undefined;
  readonly backlog: Payload<'backlog'>;
  readonly queues: Payload<'queues'>;
  /** Deletions that are held; undefined: none. */
  readonly held: Payload<'held'> | undefined;
  /** The last comparison of `--verify-interval`. */
  readonly verified: { readonly at: number; readonly report: Payload<'verified'> } | undefined;
  /** Progress of the initial sync, while it lasts. */
  readonly progress: Payload<'progress'> | undefined;
  /** A program that has been running for a minute or more, and since when (as `at`). */
  readonly lasting: { readonly since: number; readonly program: string } | undefined;
  /** Since the daemon started: successful syncs, the paths in them, and failed syncs. */
  readonly syncs: number;
  readonly paths: number;
  readonly failures: number;
  /** Written at the destination, where the mode counts that. */
  readonly bytes: number;
  /** From the first change of a path until it was synced; and how long syncs took. */
  readonly latency: Histogram;
  readonly duration: Histogram;
  readonly lastSync: { readonly at: number; readonly report: Payload<'synced'> } | undefined;
  readonly lastFailure: { readonly at: number; readonly report: Payload<'failed'> } | undefined;
}

export type Refusing = 'master' | 'clerk' | SandboxedRole;
export type RefusedCalls = ReadonlyMap<Refusing, ReadonlyMap<number, number>>;

export interface DaemonState {
  readonly since: number;
  readonly instance: Instance;
  /** The status as the status file has it. */
  readonly status: DaemonStatus;
  readonly statusSince: number;
  /**
   * The status to return to once the new rules are in force; undefined: no rules are being read.
   */
  readonly beforeRehash: DaemonStatus | undefined;
  readonly stopping: boolean;
  /** No handler is called, as the user has said. */
  readonly paused: boolean;
  readonly watcher: WatcherState;
  /** By the member's name. */
  readonly executors: ReadonlyMap<string, ExecutorState>;
  /** How often the filter of each role has refused each system call, by its number. */
  readonly refused: RefusedCalls;
  /** The process number of the clerk, where it was refused something. */
  readonly clerk?: number;
  /** How often the crew was started again. */
  readonly restarts: number;
  readonly lastError: { readonly at: number; readonly text: string } | undefined;
}

const NOT_RUNNING = { pid: undefined, starts: 0 } as const;
export const NOTHING_COUNTED = {
  directories: 0,
  pending: 0,
  overflows: 0,
  rescans: 0,
  events: 0,
} as const;
export const NOTHING_WAITS = { waiting: 0, inHand: 0, failing: 0 } as const;

export const NOTHING_QUEUED = {
  normal: 0,
  big: 0,
  instant: 0,
  lockWait: 0,
  settling: 0,
  oldest: 0,
} as const;

export function initialState(at: number, instance: Instance): DaemonState {
  return {
    since: at,
    instance,
    status: 'starting',
    statusSince: at,
    beforeRehash: undefined,
    stopping: false,
    paused: false,
    watcher: {
      ...NOT_RUNNING,
      changed: at,
      watching: undefined,
      mounts: undefined,
      counters: NOTHING_COUNTED,
      overflows: 0,
      rescans: 0,
      events: 0,
    },
    executors: new Map(),
    refused: new Map(),
    restarts: 0,
    lastError: undefined,
  };
}

export function newExecutor(at: number): ExecutorState {
  return {
    ...NOT_RUNNING,
    changed: at,
    status: 'starting',
    away: undefined,
    backlog: NOTHING_WAITS,
    queues: NOTHING_QUEUED,
    held: undefined,
    verified: undefined,
    progress: undefined,
    lasting: undefined,
    syncs: 0,
    paths: 0,
    failures: 0,
    bytes: 0,
    latency: NO_DURATIONS,
    duration: NO_DURATIONS,
    lastSync: undefined,
    lastFailure: undefined,
  };
}

/** What tells news of an executor from those of others: its destination; undefined: it is alone. */
export function destinationAmongOthers(
  { instance: { destinations } }: Pick<DaemonState, 'instance'>,
  name: string,
): string | undefined {
  return destinations !== undefined && destinations.size > 1 ? destinations.get(name) : undefined;
}

/** Whether syncs can be made: it runs, and what it needs is not out of reach as a whole. */
export function isUp({ pid, away, status }: ExecutorState): boolean {
  return pid !== undefined && away === undefined && status !== 'synchandler error';
}

/** Of several executors, the first of these that one has is the daemon's status. */
const MOST_TELLING: readonly DaemonStatus[] = [
  'exiting',
  'preexit',
  'terminating',
  'synchandler error',
  'starting',
  'initsync',
  'deletions held',
];

/** @param latest what one of them has just told */
export function statusOfAll(
  { executors }: Pick<DaemonState, 'executors'>,
  latest: DaemonStatus,
): DaemonStatus {
  const all = [...executors.values()].map(({ status }) => status);
  return all.length < 2 ? latest : (MOST_TELLING.find((one) => all.includes(one)) ?? latest);
}

/** What the executors hold back; undefined: nothing. */
export function heldOf({ executors }: Pick<DaemonState, 'executors'>): Payload<'held'> | undefined {
  for (const { held } of executors.values()) if (held !== undefined) return held;
  return undefined;
}

/**
 * `pending`: paths that wait in the watcher or an executor or are being synced. `failing`: those of
 * them that failed and wait for another try.
 */
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

/** In words: what has been running for long; undefined: nothing has. */
export function lastingOf({ executors }: Pick<DaemonState, 'executors'>): string | undefined {
  const oldest = [...executors.values()]
    .flatMap(({ lasting }) => lasting ?? [])
    .sort((one, other) => one.since - other.since)[0];
  if (oldest === undefined) return undefined;
  const since = new Date(oldest.since).toISOString().replace(/\.[0-9]*/, '');
  return `${oldest.program} still running since ${since}`;
}
