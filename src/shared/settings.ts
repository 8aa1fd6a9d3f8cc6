/**
 * What the master tells each role to do: plain data, made from the options, sent at the start of
 * the role; of what changes later, the executor gets all again, and the watcher the rules.
 */
import type { MonitorName } from './monitors.js';
import type { MirrorAttribute } from './mirror-attributes.js';
import type { BytePath } from './bytes.js';
import type { Mode } from './modes.js';
import type { Level } from './report.js';
import type { Mirrored } from './seccomp/special.js';
import type { Verification } from './verification.js';
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
  'deletions held',
] as const;
export type DaemonStatus = (typeof STATUSES)[number];

/** What the user makes of an exit status of the handler (`--exit-code-policy`). */
export const EXIT_MEANINGS = ['done', 'retry', 'fatal'] as const;
export interface ExitCodeRule {
  /** 1 to 255. */
  readonly code: number;
  readonly meaning: (typeof EXIT_MEANINGS)[number];
}

/** What one sync may delete (`--max-delete`): a number of names, or percent of all names. */
export interface DeleteLimit {
  readonly most: number;
  readonly unit: '' | '%';
}

/** One rule of a rules file, such as `+f^passwd$`. */
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
  /** The least important level of its records that is shown; undefined: news. */
  readonly logLevel?: Level;
  /** Absolute, symbolic links resolved. */
  readonly watchDirectory: BytePath;
  readonly monitor: MonitorName;
  /** Why it is that one, where the user has left the choice (`--monitor=auto`). */
  readonly monitorReason?: string;
  readonly rules: readonly Rule[];
  /**
   * 'recursive': a directory is one entry with the recursive flag; 'objects': every object found is
   * an entry of its own.
   */
  readonly detail: 'recursive' | 'objects';
  /** A directory that was moved is reported before all that is in it. */
  readonly movesDirectories: boolean;
  /** A directory may replace the changes in it when there are too many. */
  readonly collapses: boolean;
  /** Hand over every event, in order, instead of the set of changed paths. */
  readonly sequence: boolean;
  /** How many executors there are; undefined: one. */
  readonly executors?: number;
  /** Walks tell what is in each directory, as the executor keeps marks; the first nothing else. */
  readonly listings?: boolean;
  /**
   * Beyond so many, directories in which nothing happens are forgotten, where the monitor has not
   * all of them anyway; undefined: the watcher's own number.
   */
  readonly directoriesKept?: number;
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
  /** FUSE mounts of other users are entered, see `isForeign` in mount-table.ts. */
  readonly allowFuse: boolean;
  /** Uid of the user who started the daemon. */
  readonly starter: number;
  /** Empty: off. */
  readonly modificationSignature: readonly SignatureField[];
  /** Milliseconds between two comparisons of directories that have no watch. */
  readonly pollInterval: number;
  /** Milliseconds between two comparisons of all directories; 0: none. */
  readonly recheckInterval: number;
  /**
   * Milliseconds: walks that make one entry of a directory report the files in it that were
   * modified later than so long ago, too. 0: none.
   */
  readonly settle: number;
  /** Report all known names of an inode together. */
  readonly trackHardLinks: boolean;
  readonly exitOnSyncSkip: boolean;
}

/**
 * Restrictions of handlers, hooks and plug-ins, in addition to those of the executor. Fixed when
 * the daemon starts.
 */
export interface HandlerConfinement {
  /**
   * Whether written memory may be executed. If it may not, the executor's Node also runs without
   * compilers.
   */
  readonly writtenCode: WrittenCode;
  /** What a call leaves running when it ends goes on until the daemon ends. */
  readonly leaves: boolean;
  /** Private temporary directories, each a file system of the executor's own. */
  readonly temporary: readonly BytePath[];
  /** A filter of system calls. */
  readonly filter: boolean;
  /** Capabilities, a mask, where the executor holds more; undefined: the executor's. */
  readonly capabilities?: number;
  /** What they may make. Without a filter only capabilities keep them from the rest. */
  readonly mirrored: Mirrored;
  /**
   * Bits LANDLOCK_SCOPE_*: no signals to foreign processes, and no connections to their abstract
   * sockets. 0: no such restriction.
   */
  readonly scoped: number;
  /**
   * Numbers of the daemon's processes, and of their process groups, that handlers can see and must
   * not signal.
   */
  readonly spared: readonly number[];
  /**
   * The first process of the daemon, where handlers see its numbers and must not signal anything
   * that was started before their call: threads have numbers, too.
   */
  readonly first?: number;
  /**
   * Handlers have the capabilities to set owners, though perhaps not uid 0. rsync then needs
   * `--super`.
   */
  readonly superuser: boolean;
}

/** Paths that handlers can reach, for the hint that names the options to grant more. */
export interface Reach {
  /** Beneath these they see everything; undefined: the whole host is shown. */
  readonly shown?: readonly BytePath[];
  /** Beneath these they may write. */
  readonly written: readonly BytePath[];
  /** What they may make. */
  readonly mirrored: Mirrored;
  /** Symbolic links in the trees of the mirror lead somewhere. */
  readonly followsLinks: boolean;
}

export interface ExecutorSettings {
  readonly watchDirectory: BytePath;
  /** The watcher's rules. At the destination, handlers leave alone what they refuse. */
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
  /** A program in rsync's place gets only the arguments that clsync(1) documents (`--compat`). */
  readonly documentedArguments: boolean;
  /** For `%NAME%`: every option by its long name, as text, and the daemon's PID. */
  readonly substitutions: Readonly<Record<string, BytePath>>;
  /** Milliseconds. */
  readonly delayCollect: number;
  readonly delayCollectBig: number;
  readonly delaySync: number;
  /** Milliseconds for which a file must not have changed before it is synced; 0: none. */
  readonly settle: number;
  /** Milliseconds after its first change when it is synced all the same. */
  readonly settleLimit: number;
  /** Milliseconds; 0: none. */
  readonly timeoutSync: number;
  /** 0: for ever; undefined: not given. */
  readonly retries?: number;
  readonly ignoreFailures: boolean;
  readonly ignoredExitCodes: readonly number[];
  /** Of several rules for one code the last counts. */
  readonly exitCodePolicy: readonly ExitCodeRule[];
  readonly threading: 'off' | 'safe' | 'full';
  /** Further options for rsync. */
  readonly rsyncOptions?: readonly BytePath[];
  /** Nothing is deleted at the destination. */
  readonly noDelete?: boolean;
  /** A big file that was closed after writing waits no longer than others. */
  readonly bigWhenClosed?: boolean;
  readonly rsyncInclimit: number;
  readonly rsyncPreferInclude: boolean;
  /** Another daemon mirrors the destination back into the watch directory. */
  readonly twoWay: boolean;
  readonly haveRecursiveSync: boolean;
  readonly synclistSimplify: boolean;
  readonly dontUnlinkLists: boolean;
  readonly oneFileSystem: boolean;
  /** It compares source and destination, and does nothing else (`clsync verify`). */
  readonly verifies?: Verification;
  /** What mode mirror keeps besides content and type; undefined: all. */
  readonly mirrorAttributes?: readonly MirrorAttribute[];
  /** Absolute, for old versions; undefined: none are kept. */
  readonly backupDirectory?: BytePath;
  /** Days for which they are kept; 0: for ever. */
  readonly backupKeep: number;
  /** Milliseconds between two comparisons of source and destination; 0: none. */
  readonly verifyInterval: number;
  /** `--fsync`. */
  readonly syncsToDisk: boolean;
  /** FUSE mounts of other users are entered, see `isForeign` in mount-table.ts. */
  readonly allowFuse: boolean;
  /** Uid of the user who started the daemon. */
  readonly starter: number;
  /** Relative paths that are never synced, whatever the rules say. */
  readonly leftOut: readonly BytePath[];
  /** It has the files of `--state-dir`. */
  readonly keepsState?: boolean;
  /** As `WatcherSettings.modificationSignature`: what a start compares with the state. */
  readonly comparedFields?: readonly SignatureField[];
  /** Where lists are written; undefined: a directory of our own below `temporaryDirectory`. */
  readonly listsDirectory?: BytePath;
  /** It is for this daemon alone, and the user has not named it. */
  readonly listsDirectoryIsOwn?: boolean;
  readonly temporaryDirectory: BytePath;
  /** Whether rsync uses one ssh connection that is kept open between syncs. */
  readonly keepConnection: boolean;
  /** Absolute; the master looks at it. */
  readonly standbyFile?: BytePath;
  /** undefined: no limit. */
  readonly maxDelete?: DeleteLimit;
  /** Relative to the watch directory: while it is not there, nothing is deleted. */
  readonly requireFile?: BytePath;
  /** Why everything that would be deleted is held, as the master knows it. */
  readonly doubt?: string | undefined;
  /** The user has approved what the initial sync deletes. */
  readonly deletionsApproved?: boolean;
  /** There is a state, which is to remember this of source and destination: plain data. */
  readonly ground?: unknown;
  /** The roles have run before, in this daemon. */
  readonly startedAgain?: boolean;
  /** No handler is called: whoever steers the daemon has said so. */
  readonly paused?: boolean;
  /** Of the order that said so, or to go on: higher than those of all before. */
  readonly pauseNumber?: number;
  readonly skipInitialSync: boolean;
  readonly onlyInitialSync: boolean;
  readonly fullInitialSync: boolean;
  readonly exitOnNoEvents: boolean;
  readonly maxIterations: number;
  readonly syncOnQuit: boolean;
  /**
   * There is a status file: a program is started only after the status it is started for is in it.
   */
  readonly awaitStatus: boolean;
  readonly preExitHook?: BytePath;
  readonly exitHook?: BytePath;
  readonly syncHook?: BytePath;
  readonly failureHook?: BytePath;
  /**
   * Only programs and arguments that were fixed at start are executed (`--check-execvp-arguments`).
   */
  readonly checkArguments: boolean;
  /** A plug-in is loaded whoever could change it. */
  readonly trustFiles: boolean;
  /**
   * The whole environment of handlers and hooks, `NAME=value`; the executor adds CLSYNC_STATUS and
   * CLSYNC_ITERATION.
   */
  readonly environment: readonly BytePath[];
  /** Path of the launcher program, through which every handler and hook is started. */
  readonly launcher: BytePath;
  /** Hint for a handler that fails with EACCES, EPERM or EROFS: the options that grant more. */
  readonly permissionHint?: string;
  /** undefined: handlers have all rights of the daemon's user, and there are no hints. */
  readonly reach?: Reach;
  /** Hint for a handler that crashes. */
  readonly crashHint?: string;
}

/** Whether the daemon ends by itself after its work. */
export function endsByItself({
  exitOnNoEvents,
  onlyInitialSync,
  maxIterations,
}: Pick<ExecutorSettings, 'exitOnNoEvents' | 'onlyInitialSync' | 'maxIterations'>): boolean {
  return exitOnNoEvents || onlyInitialSync || maxIterations > 0;
}
