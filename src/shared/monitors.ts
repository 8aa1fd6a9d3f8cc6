/**
 * The event sources that `--monitor` chooses from: a row says what a source needs from the master,
 * and which error the user sees when the kernel refuses it. Its C part is
 * src/native/watch/source-NAME.c.
 */
import type { ErrorCode } from './errors.js';
import type { Syscall } from './seccomp/syscalls.js';

/** System calls that the watcher keeps for its source. It never has those of other sources. */
export interface MonitorCalls {
  /** Only before it seals itself. */
  readonly start: readonly Syscall[];
  /** For as long as it runs. */
  readonly sealed: readonly Syscall[];
}

export interface MonitorRow {
  readonly calls: MonitorCalls;
  /**
   * How many descriptors the master opens for it; the role has them from DESCRIPTORS.granted on.
   */
  readonly descriptors: 0 | 1;
  /** The error when the source cannot be opened; its argument is the name of the errno value. */
  readonly notOpened: ErrorCode;
  /**
   * Names of the kernel's limits that the user can raise: of queued events, of watched directories.
   */
  readonly limits: { readonly events: string; readonly directories: string };
}

const TABLE = {
  inotify: {
    calls: {
      start: [],
      // The source is opened when the settings come, which is after the seal.
      sealed: ['inotify_add_watch', 'inotify_init1', 'inotify_rm_watch'],
    },
    descriptors: 0,
    notOpened: 'INOTIFY_INSTANCES',
    limits: {
      events: 'fs.inotify.max_queued_events',
      directories: 'fs.inotify.max_user_watches',
    },
  },
} as const satisfies Readonly<Record<string, MonitorRow>>;

export type MonitorName = keyof typeof TABLE;

export const MONITORS: Readonly<Record<MonitorName, MonitorRow>> = TABLE;

export const MONITOR_NAMES = Object.keys(TABLE) as readonly MonitorName[];

/** Monitors of the C program, and planned ones, that have no row yet. */
export const UNSUPPORTED_MONITORS = [
  'fanotify',
  'gio',
  'kqueue',
  'bsm',
  'bsm_prefetch',
  'dtracepipe',
] as const;

export function isMonitor(name: string | undefined): name is MonitorName {
  return name !== undefined && Object.hasOwn(TABLE, name);
}
