/**
 * The interface of a sync handler that is an ECMAScript module: `clsync -M so -S ./handler.mjs` or
 * `-M rsyncso`.
 */

export interface HandlerContext {
  readonly label: string;
  /** Absolute, as bytes and as text. */
  readonly watchDirectory: Buffer;
  /** Absent when `--destination-dir` is not set. */
  readonly destination?: Buffer;
  /** How often `--debug` was given. */
  readonly debugLevel: number;
  readonly preferInclude: boolean;
  readonly recursive: boolean;
  /** Writes a line to the daemon's log. */
  log(
    level: 'error' | 'warning' | 'info' | 'debug1' | 'debug2' | 'debug3' | 'debug4' | 'debug5',
    text: string,
  ): void;
}

export interface SyncEvent {
  /** Relative to the watch directory, which is the empty path. File names are bytes. */
  readonly path: Buffer;
  /** Event bits of inotify(7). */
  readonly mask: number;
  /** Everything beneath the path is meant, too; only with `--have-recursive-sync`. */
  readonly recursive: boolean;
  /** What stood there before the first event, and what stood there after the last. */
  readonly before: ObjectKind;
  readonly after: ObjectKind;
}

export type ObjectKind = 'unknown' | 'absent' | 'file' | 'directory';

/**
 * 0 or nothing: done; another number: the exit code of the failed sync. A handler that throws has
 * failed.
 */
export type HandlerResult = number | void | Promise<number | void>;

/** What the module exports, by these names or as its default export. */
export interface SyncHandler {
  init?(context: HandlerContext): HandlerResult;
  /** Mode `so`. */
  sync?(events: readonly SyncEvent[]): HandlerResult;
  /** Mode `rsyncso`: paths of files for rsync's `--include-from` and `--exclude-from`. */
  rsync?(include: Buffer, exclude: Buffer | undefined): HandlerResult;
  deinit?(): HandlerResult;
}
