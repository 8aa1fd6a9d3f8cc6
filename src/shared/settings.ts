/**
 * What the master tells each role to do: plain data, made from the options, sent at the start of
 * the role; of what changes later, the executor gets all again, and the watcher the rules.
 */
import type { MonitorName } from './monitors.js';
import type { BytePath } from './bytes.js';
import type { Mode } from './modes.js';
import type { Level } from './report.js';
import type { WrittenCode } from './written-code.js';

/** States written to the status file, see clsync(1). */
export const STATUSES = [
  'starting',
  'initsync',
  'running',
  'synchandler error',
  'rehashing',
  'thread gc',
  'hold on',
  'preexit',
  'terminating',
  'exiting',
] as const;
export type DaemonStatus = (typeof STATUSES)[number];

/** One line of a rules file: `+f^passwd$`. `kinds` holds letters of f d w m s W * as written. */
export interface Rule {
  readonly allow: boolean;
  readonly kind: 'f' | 'd' | 'w' | 'm' | 's' | 'W' | '*';
  /** POSIX extended regular expression, bytes; matched unanchored against the relative path. */
  readonly pattern: BytePath;
  /** Line number in the rules file, from 1. */
  readonly line: number;
}

/** Fields of `struct stat` (lstat(2)) that a modification signature may compare. */
export const SIGNATURE_FIELDS = [
  'dev',
  'ino',
  'mode',
  'nlink',
  'uid',
  'gid',
  'rdev',
  'size',
  'blksize',
  'blocks',
  'atime',
  'mtime',
  'ctime',
] as const;
export type SignatureField = (typeof SIGNATURE_FIELDS)[number];

export interface WatcherSettings {
  /** Absolute, symbolic links resolved. */
  readonly watchDirectory: BytePath;
  readonly monitor: MonitorName;
  readonly rules: readonly Rule[];
  /**
   * 'recursive': a directory is one entry with the recursive flag; 'objects': every object found is
   * an entry of its own.
   */
  readonly detail: 'recursive' | 'objects';
  /** A directory may stand for what has changed in it, where very much has. */
  readonly collapses: boolean;
  /** Hand over every event in its order, not the set of changed paths. */
  readonly sequence: boolean;
  /** Do not report what the initial walk finds. */
  readonly skipInitial: boolean;
  /** The initial walk ignores the rules (`--full-initialsync`). */
  readonly fullInitial: boolean;
  /** lstat(2) the object of each event; off with `--cancel-syscalls=mon_stat`. */
  readonly statEntries: boolean;
  /** Bytes; files larger than this are big. 0: no file is big. */
  readonly bigFileThreshold: number;
  readonly oneFileSystem: boolean;
  /** As oneFileSystem, and mount points below are reported as refused. */
  readonly excludeMountPoints: boolean;
  /** Empty: off. */
  readonly modificationSignature: readonly SignatureField[];
  /** Report all known names of an inode together. */
  readonly trackHardLinks: boolean;
  readonly exitOnSyncSkip: boolean;
}

/**
 * What handlers, hooks and plug-ins may do, and what they lose besides what the executor lacks.
 * Fixed when the daemon starts.
 */
export interface HandlerConfinement {
  /** Memory that was written: the executor, too, is a Node that interprets where it is refused. */
  readonly writtenCode: WrittenCode;
  /** A filter of system calls. */
  readonly filter: boolean;
  /**
   * LANDLOCK_SCOPE_*: no signals to and no abstract sockets of processes that are not the program's
   * own; 0: none.
   */
  readonly scoped: number;
  /**
   * Processes of the daemon, and groups they are in, that handlers see by their numbers, and may
   * not signal.
   */
  readonly spared: readonly number[];
  /**
   * They hold what it takes to keep owners, though they may not be uid 0: rsync needs `--super`
   * then.
   */
  readonly superuser: boolean;
}

/** What handlers can reach, for the hint that says how they reach more. */
export interface Reach {
  /** Beneath these they see everything; undefined: the whole host is shown. */
  readonly shown?: readonly BytePath[];
  /** Beneath these they may write. */
  readonly written: readonly BytePath[];
}

export interface ExecutorSettings {
  readonly watchDirectory: BytePath;
  /** The watcher's: what they refuse at the destination is left alone. */
  readonly rules: readonly Rule[];
  /**
   * Absolute directory, `host:path`, `user@host:path` or `rsync://…`; undefined where the mode
   * needs none.
   */
  readonly destination?: BytePath;
  readonly logLevel: Level;
  readonly mode: Mode;
  readonly label: BytePath;
  /** Program (or shared object, or module) as the user named it; undefined: the mode's own. */
  readonly handler?: BytePath;
  /** Words after `--`; undefined: the mode's default arguments. */
  readonly handlerArguments?: readonly BytePath[];
  /** A program in rsync's place is given what clsync(1) documents, and no more (`--compat`). */
  readonly documentedArguments: boolean;
  /** For `%NAME%`: every option by its long name, as text, and the daemon's PID. */
  readonly substitutions: Readonly<Record<string, BytePath>>;
  /** Milliseconds. */
  readonly delayCollect: number;
  readonly delayCollectBig: number;
  readonly delaySync: number;
  /** Milliseconds; 0: none. */
  readonly timeoutSync: number;
  /** 0: for ever; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly ignoredExitCodes: readonly number[];
  readonly threading: 'off' | 'safe' | 'full';
  readonly rsyncInclimit: number;
  readonly rsyncPreferInclude: boolean;
  readonly haveRecursiveSync: boolean;
  readonly synclistSimplify: boolean;
  readonly dontUnlinkLists: boolean;
  readonly oneFileSystem: boolean;
  /** Relative paths that are never synced, whatever the rules say. */
  readonly leftOut: readonly BytePath[];
  /** Where lists are written; undefined: a directory of our own below `temporaryDirectory`. */
  readonly listsDirectory?: BytePath;
  readonly temporaryDirectory: BytePath;
  readonly standbyFile?: BytePath;
  readonly skipInitialSync: boolean;
  readonly onlyInitialSync: boolean;
  readonly fullInitialSync: boolean;
  readonly exitOnNoEvents: boolean;
  readonly maxIterations: number;
  readonly syncOnQuit: boolean;
  /** There is a status file: what is started finds in it the status that it is started for. */
  readonly awaitStatus: boolean;
  readonly preExitHook?: BytePath;
  readonly exitHook?: BytePath;
  /** Nothing is started but what the settings at start lead to (`--check-execvp-arguments`). */
  readonly checkArguments: boolean;
  /**
   * The whole environment of handlers and hooks, `NAME=value`; the executor adds CLSYNC_STATUS and
   * CLSYNC_ITERATION.
   */
  readonly environment: readonly BytePath[];
  /** Path of the launcher program, through which every handler and hook is started. */
  readonly launcher: BytePath;
  /**
   * What hint to add when a handler fails with EACCES, EPERM or EROFS: the options that grant more.
   */
  readonly permissionHint?: string;
  /** undefined: the starter's own rights, and no hints. */
  readonly reach?: Reach;
  /** What hint to add when a handler crashes. */
  readonly crashHint?: string;
}
