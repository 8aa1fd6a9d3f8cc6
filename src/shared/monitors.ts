/**
 * The event sources that `--monitor` chooses from: a row says what a source needs from the
 * launcher, and which error the user sees when the kernel refuses it. Its C part is
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

/** A group of fanotify(7) and its mark, by the numbers of <linux/fanotify.h>. */
export interface Mark {
  readonly flags: number;
  readonly mask: bigint;
  /**
   * Types of file systems for which the source is used, as in filesystems(5): those of which is
   * known that a directory keeps its file handle, and all changes are made on this machine.
   */
  readonly types: readonly string[];
}

/** A shared object that the watcher loads before its seal. */
export interface MonitorLibrary {
  /** In build/, where it is built only with what it needs. */
  readonly file: string;
  /** Debian's package without which it is not built. */
  readonly package: string;
}

export interface MonitorRow {
  readonly calls: MonitorCalls;
  readonly library?: MonitorLibrary;
  /** It keeps events to itself for a moment: none waiting says nothing. */
  readonly late?: boolean;
  /** The launcher marks the file system of the watch directory for it. */
  readonly mark?: Mark;
  /** The error when the source cannot be opened; its argument is the name of the errno value. */
  readonly notOpened: ErrorCode;
  /**
   * Names of the kernel's limits that the user can raise: of queued events (undefined: it has none
   * where most events come from), of watched directories.
   */
  readonly limits: { readonly events: string | undefined; readonly directories: string };
}

const INOTIFY = ['inotify_add_watch', 'inotify_init1', 'inotify_rm_watch'] as const;

const TABLE = {
  inotify: {
    calls: {
      start: [],
      // The source is opened when the settings come, which is after the seal.
      sealed: INOTIFY,
    },
    notOpened: 'INOTIFY_INSTANCES',
    limits: {
      events: 'fs.inotify.max_queued_events',
      directories: 'fs.inotify.max_user_watches',
    },
  },
  fanotify: {
    calls: {
      start: [],
      sealed: [
        // A directory's key is made of its file handle. None is ever opened.
        'name_to_handle_at',
        // Of file systems that are mounted beneath the watch directory.
        ...INOTIFY,
      ],
    },
    mark: {
      // FAN_CLASS_NOTIF, FAN_UNLIMITED_QUEUE, FAN_REPORT_DFID_NAME_TARGET
      flags: 0x10 | 0x1e00,
      mask: [
        0x00000002n, // FAN_MODIFY
        0x00000004n, // FAN_ATTRIB
        0x00000008n, // FAN_CLOSE_WRITE
        0x00000100n, // FAN_CREATE
        0x00000200n, // FAN_DELETE
        0x10000000n, // FAN_RENAME
        0x40000000n, // FAN_ONDIR
      ].reduce((all, bit) => all | bit, 0n),
      types: ['ext2', 'ext3', 'ext4', 'tmpfs', 'xfs'],
    },
    notOpened: 'FANOTIFY',
    limits: {
      events: undefined,
      // That of inotify(7), which watches what is mounted beneath.
      directories: 'fs.inotify.max_user_watches',
    },
  },
  gio: {
    calls: {
      start: [],
      sealed: INOTIFY,
    },
    library: {
      file: 'clsync-gio.so',
      package: 'libglib2.0-dev',
    },
    late: true,
    notOpened: 'GIO',
    limits: {
      events: 'fs.inotify.max_queued_events',
      directories: 'fs.inotify.max_user_watches',
    },
  },
} as const satisfies Readonly<Record<string, MonitorRow>>;

export type MonitorName = keyof typeof TABLE;

export const MONITORS: Readonly<Record<MonitorName, MonitorRow>> = TABLE;

export const MONITOR_NAMES = Object.keys(TABLE) as readonly MonitorName[];

/** What `--monitor` may be. */
export const MONITOR_CHOICES = ['auto', ...MONITOR_NAMES] as const;
export type MonitorChoice = (typeof MONITOR_CHOICES)[number];

/** The monitor for every directory, without any right. */
export const EVERYWHERE: MonitorName = 'inotify';

/** Monitors of the C program, and planned ones, that have no row yet. */
export const UNSUPPORTED_MONITORS = ['kqueue', 'bsm', 'bsm_prefetch', 'dtracepipe'] as const;

export function isMonitor(name: string | undefined): name is MonitorName {
  return name !== undefined && Object.hasOwn(TABLE, name);
}
