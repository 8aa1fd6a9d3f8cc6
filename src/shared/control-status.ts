/**
 * What `clsync ctl status --json` and `events` tell: docs/control.md and docs/control.schema.json
 * describe it. Members are added; a change of their meaning changes `STATUS_VERSION`.
 */
export const STATUS_VERSION = 1;

export interface LastSync {
  /** ISO 8601, in UTC, as all times here. */
  readonly at: string;
  readonly paths: number;
  readonly milliseconds: number;
  /** As `display` shows them, where they are few; else none. */
  readonly names: readonly string[];
}

export interface LastFailure {
  readonly at: string;
  readonly paths: number;
  readonly names: readonly string[];
  readonly reason: string;
  /** Seconds from `at` until it is tried again; 0: it is not. */
  readonly next: number;
  /** Other paths of the sync could be synced. */
  readonly apart: boolean;
}

/** How many durations were at most so long, in seconds; one count more, for what is longer. */
export interface Durations {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface DestinationStatus {
  readonly name: string;
  /** As `display` shows it; missing where the mode has none. */
  readonly destination?: string;
  readonly status: string;
  /** Whether syncs to it can be made, as far as is known. */
  readonly up: boolean;
  /** Why nothing is synced to it, while other destinations are; missing: nothing keeps it. */
  readonly away?: string;
  readonly queues: {
    readonly normal: number;
    readonly big: number;
    readonly instant: number;
    readonly lockWait: number;
    readonly settling: number;
  };
  readonly waiting: number;
  readonly syncing: number;
  readonly failing: number;
  /** Seconds since the first change of what waits in a queue; 0: nothing does. */
  readonly oldest: number;
  /** Since the daemon started. */
  readonly syncs: number;
  readonly paths: number;
  readonly failures: number;
  /** Written at the destination; missing where the mode does not count them. */
  readonly bytes?: number;
  /** From the first change of a path until it was synced. */
  readonly latency: Durations;
  /** Of syncs. */
  readonly duration: Durations;
  readonly lastSync?: LastSync;
  readonly lastFailure?: LastFailure;
  /** A program that has been running for a minute or more. */
  readonly running?: { readonly program: string; readonly since: string };
  readonly held?: { readonly paths: number; readonly reason: string };
  /** The last comparison of `--verify-interval`; missing before the first. */
  readonly verified?: Verified;
}

export interface Verified {
  readonly at: string;
  readonly milliseconds: number;
  /** How many paths differ. */
  readonly differences: number;
  /** How many could not be looked at. */
  readonly failures: number;
  /** Some of those that differ. */
  readonly names: readonly string[];
}

export interface ProcessStatus {
  readonly role: string;
  readonly pid?: number;
  readonly starts: number;
  /** Resident memory in bytes, where it can be seen. */
  readonly memory?: number;
  /** How often which system call was refused to it, since the daemon started; missing: none was. */
  readonly refusedCalls?: Readonly<Record<string, number>>;
}

export interface MountStatus {
  readonly path: string;
  /**
   * That of the watch directory, or `inotify`; `comparison`: changes are made elsewhere, too, and
   * found every `--poll-interval`; `none`: it is left out.
   */
  readonly monitor: string;
}

export interface InstanceStatus {
  readonly version: typeof STATUS_VERSION;
  readonly clsync: string;
  readonly label: string;
  readonly block: string;
  readonly pid: number;
  readonly source: string;
  readonly mode: string;
  /** Of the watch directory. */
  readonly monitor: string;
  /** What is mounted below, but for what the rules refuse. */
  readonly mounts?: readonly MountStatus[];
  readonly sandbox: string;
  readonly status: string;
  readonly since: string;
  readonly statusSince: string;
  readonly paused: boolean;
  readonly directories: number;
  readonly pending: number;
  readonly overflows: number;
  readonly rescans: number;
  /** Of the kernel, those of one name that came together as one. */
  readonly events: number;
  readonly restarts: number;
  readonly lastError?: { readonly at: string; readonly text: string };
  readonly destinations: readonly DestinationStatus[];
  readonly processes: readonly ProcessStatus[];
}

export type InstanceEvent =
  | ({
      readonly event: 'synced';
      readonly destination: string;
      readonly initial: boolean;
    } & LastSync)
  | ({ readonly event: 'failed'; readonly destination: string } & LastFailure)
  | ({ readonly event: 'verified'; readonly destination: string } & Verified)
  | { readonly event: 'status'; readonly at: string; readonly status: string }
  | { readonly event: 'restarting'; readonly at: string; readonly reason: string };
