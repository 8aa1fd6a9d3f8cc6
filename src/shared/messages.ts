/**
 * Everything that crosses a process boundary: one row per message. A peer is ended (see channel.ts)
 * when it sends a message that is not in this table, is not its own, comes in the wrong phase or
 * too often, has a field out of bounds or bytes left over.
 */
import type { BytePath } from './bytes.js';
import type { Entry, Refusal } from './entry.js';

/**
 * The three processes. Changes go from the watcher to the executor directly, never through the
 * master.
 */
export type Role = 'master' | 'watcher' | 'executor';

/** The kinds of fields. `LIMITS` bounds them: bytes of text and json, elements of lists. */
interface FieldTypes {
  u8: number;
  u32: number;
  /** Unsigned, up to 2^53-1. */
  u53: number;
  /** UTF-8 text. */
  text: string;
  /** Byte path relative to the watch directory, checked with `isRelative`. */
  path: BytePath;
  /** A JSON document. Only the master sends it, which both others trust. */
  json: unknown;
  entries: readonly Entry[];
  refusals: readonly Refusal[];
  paths: readonly BytePath[];
  /** Any bytes; the receiver keeps none of them without copying. */
  bytes: Buffer;
}
type FieldKind = keyof FieldTypes;

/**
 * Phases of the channel between the master and a role. `loading`: the role has not reported that it
 * is up, so it may still hold everything with which it was started; `ready`: it is sealed and waits
 * for its settings; `working`: it has them. The channel between watcher and executor has no phases.
 */
export type Phase = 'loading' | 'ready' | 'working';

export interface MessageRow {
  readonly id: number;
  readonly from: Role;
  readonly to: Role;
  /** The only phase in which it may be sent; undefined: any. */
  readonly phase?: Phase;
  /** It may be sent only once. */
  readonly once?: true;
  /** The phase that begins with it. */
  readonly begins?: Phase;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

function row<const R extends MessageRow>(r: R): R {
  return r;
}

export const MESSAGES = {
  // master -> watcher
  watch: row({
    id: 1,
    from: 'master',
    to: 'watcher',
    phase: 'ready',
    once: true,
    begins: 'working',
    fields: { settings: 'json' },
  }),
  rules: row({
    id: 2,
    from: 'master',
    to: 'watcher',
    phase: 'working',
    fields: { settings: 'json' },
  }),
  rescan: row({ id: 3, from: 'master', to: 'watcher', phase: 'working', fields: { path: 'path' } }),
  describe: row({ id: 4, from: 'master', to: 'watcher', phase: 'working', fields: {} }),

  /** From now on only records of this level, and more important ones, are wanted. */
  verbosity: row({
    id: 5,
    from: 'master',
    to: 'watcher',
    phase: 'working',
    fields: { level: 'u8' },
  }),
  /** Asks for `watcherConfirmed`. */
  watcherConfirm: row({
    id: 6,
    from: 'master',
    to: 'watcher',
    phase: 'working',
    fields: { serial: 'u32' },
  }),

  /** Executors have joined, whose descriptors the monitor has sent. */
  join: row({ id: 7, from: 'master', to: 'watcher', phase: 'working', fields: {} }),

  // watcher -> master
  watcherUp: row({
    id: 20,
    from: 'watcher',
    to: 'master',
    phase: 'loading',
    once: true,
    begins: 'ready',
    fields: {},
  }),
  watching: row({
    id: 21,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    once: true,
    // `monitor`: its index in MONITOR_NAMES. `lazy`: 1 if the directories were not looked at.
    fields: { directories: 'u32', milliseconds: 'u32', monitor: 'u8', lazy: 'u8' },
  }),
  watcherRecord: row({
    id: 22,
    from: 'watcher',
    to: 'master',
    fields: { level: 'u8', text: 'text' },
  }),
  counters: row({
    id: 23,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    fields: {
      directories: 'u32',
      pending: 'u32',
      overflows: 'u32',
      rescans: 'u32',
      events: 'u53',
    },
  }),
  watcherFatal: row({
    id: 24,
    from: 'watcher',
    to: 'master',
    fields: { code: 'text', text: 'text' },
  }),
  rulesDone: row({ id: 25, from: 'watcher', to: 'master', phase: 'working', fields: {} }),
  /** The watch directory itself is gone or was unmounted. */
  rootGone: row({ id: 26, from: 'watcher', to: 'master', phase: 'working', fields: {} }),
  /** As `dump`. */
  description: row({
    id: 27,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    fields: { file: 'path', text: 'text', last: 'u8' },
  }),

  /** Its filter has refused a system call, by its number, so many times since the last message. */
  watcherRefused: row({
    id: 28,
    from: 'watcher',
    to: 'master',
    fields: { call: 'u32', count: 'u32' },
  }),

  /** All orders that came before the question are in force. */
  watcherConfirmed: row({
    id: 29,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    fields: { serial: 'u32' },
  }),

  /** An executor, by the number of its destination, reads nothing; it is not sent any more. */
  deaf: row({
    id: 31,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    fields: { executor: 'u8' },
  }),

  /** What is mounted below the watch directory: as there, in other ways, and what is left out. */
  mounts: row({
    id: 30,
    from: 'watcher',
    to: 'master',
    phase: 'working',
    fields: { alike: 'paths', inotify: 'paths', compared: 'paths', leftOut: 'paths' },
  }),

  // watcher -> executor
  /** See `Batch` in entry.ts. */
  batch: row({
    id: 40,
    from: 'watcher',
    to: 'executor',
    fields: { changes: 'entries', refused: 'refusals', released: 'paths' },
  }),
  /** The initial walk is over; what it found has been sent before this. */
  walked: row({ id: 41, from: 'watcher', to: 'executor', once: true, fields: {} }),
  /**
   * Where the executor keeps marks (`--state-dir`): a walk begins. What it lists follows, one
   * directory after the other; another walk begins only after `listed`. `initial` is 1 for the
   * first walk, which hands nothing over by itself.
   */
  listing: row({
    id: 43,
    from: 'watcher',
    to: 'executor',
    fields: { initial: 'u8' },
  }),
  /** Rows of a directory (src/native/watch/listing.h); `detail` is one of `LISTED`. */
  rows: row({
    id: 44,
    from: 'watcher',
    to: 'executor',
    fields: { directory: 'path', detail: 'u8', rows: 'bytes' },
  }),
  /** The walk of `directory` is over; `isThere` 0: it has left the tree meanwhile. */
  listed: row({
    id: 45,
    from: 'watcher',
    to: 'executor',
    fields: { directory: 'path', isThere: 'u8' },
  }),
  /** No event is pending at the watcher (answer to `probe`, after the kernel queue was drained). */
  quiet: row({ id: 42, from: 'watcher', to: 'executor', fields: { serial: 'u32' } }),

  // executor -> watcher
  /**
   * How many more entries, refused and released paths the executor will take, as `creditOf` counts
   * them; a watcher that sends more than it was granted is ended.
   */
  credit: row({ id: 60, from: 'executor', to: 'watcher', fields: { entries: 'u32' } }),
  /**
   * Asks the watcher to send everything that the kernel has reported so far, as credit allows, and
   * then `quiet`.
   */
  probe: row({ id: 61, from: 'executor', to: 'watcher', fields: { serial: 'u32' } }),

  // master -> executor
  execute: row({
    id: 80,
    from: 'master',
    to: 'executor',
    phase: 'ready',
    once: true,
    begins: 'working',
    fields: { settings: 'json', handlers: 'json' },
  }),
  /** Settings that were changed while running (control socket, custom signals). */
  adjust: row({
    id: 81,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { settings: 'json' },
  }),
  /** how: a value of FINISH. */
  finish: row({ id: 83, from: 'master', to: 'executor', phase: 'working', fields: { how: 'u8' } }),
  describeQueues: row({ id: 84, from: 'master', to: 'executor', phase: 'working', fields: {} }),
  interrupt: row({ id: 85, from: 'master', to: 'executor', phase: 'working', fields: {} }),
  /**
   * A `status` has been written to where others can read it. Sent once for each `status`, in order.
   */
  statusKnown: row({ id: 86, from: 'master', to: 'executor', phase: 'working', fields: {} }),
  /** Whether the standby file is there: the answer to `standbyAsked`. */
  standby: row({
    id: 87,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { isThere: 'u8' },
  }),

  /** The user approves the deletions that are held. */
  approve: row({ id: 88, from: 'master', to: 'executor', phase: 'working', fields: {} }),

  /**
   * Asks for `flushed` once everything that has changed is synced, or after `limit` milliseconds.
   */
  flush: row({
    id: 89,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { serial: 'u32', limit: 'u53' },
  }),
  /** Asks for what is pending at or beneath a path, in `pendingRows`. */
  pendingAsked: row({
    id: 90,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { serial: 'u32', under: 'path' },
  }),
  /** Asks for a comparison now, and `compared`. `checksum`: 1 to read contents. */
  compare: row({
    id: 91,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { serial: 'u32', checksum: 'u8' },
  }),

  /** Asks for `executorConfirmed`. */
  executorConfirm: row({
    id: 92,
    from: 'master',
    to: 'executor',
    phase: 'working',
    fields: { serial: 'u32' },
  }),

  // executor -> master
  executorUp: row({
    id: 100,
    from: 'executor',
    to: 'master',
    phase: 'loading',
    once: true,
    begins: 'ready',
    fields: {},
  }),
  /** about: index into SUBJECTS of report.ts. */
  executorRecord: row({
    id: 101,
    from: 'executor',
    to: 'master',
    fields: { level: 'u8', text: 'text', about: 'u8' },
  }),
  /** status: index into STATUSES of settings.ts. */
  status: row({
    id: 102,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { status: 'u8' },
  }),
  progress: row({
    id: 103,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { done: 'u53', total: 'u53' },
  }),
  /**
   * `names`: the paths, one to a line, where they are few. `latencies`, `waited`: see latencies.ts.
   * `bytes`: written at the destination since the last one, where the mode counts them.
   */
  synced: row({
    id: 104,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: {
      paths: 'u32',
      milliseconds: 'u32',
      initial: 'u8',
      names: 'text',
      latencies: 'bytes',
      waited: 'u53',
      bytes: 'u53',
    },
  }),
  /** Asked before a sync, where there is a standby file: the executor sees nothing of its place. */
  standbyAsked: row({
    id: 110,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: {},
  }),
  /** Every second while the state (`--state-dir`) is used and answers; then 0. See usage.ts. */
  stateUsed: row({
    id: 121,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { isUsed: 'u8' },
  }),
  /**
   * A call of a program lasts: a minute, and whenever it has lasted twice as long. An empty
   * program: none does any longer.
   */
  lasting: row({
    id: 111,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { milliseconds: 'u53', program: 'text' },
  }),
  /**
   * A sync of `paths` paths has failed as a whole, or, with `apart`, these have while others were
   * synced; the text says why. `names`: as in `synced`; `next`: milliseconds until it is tried
   * again, 0: it is not.
   */
  failed: row({
    id: 109,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { paths: 'u32', text: 'text', names: 'text', next: 'u53', apart: 'u8' },
  }),
  /**
   * Numbers of paths. `waiting`: those that wait; `inHand`: those being synced; `failing`: the
   * waiting ones that have failed and wait for a try of their own.
   */
  backlog: row({
    id: 108,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { waiting: 'u53', inHand: 'u53', failing: 'u53' },
  }),
  /**
   * Number of paths whose deletion is held, and why (one of `HELD`); 0: none is. Sent when it
   * changes. See second-thoughts.ts.
   */
  held: row({
    id: 112,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { paths: 'u53', reason: 'text', why: 'u8' },
  }),
  /** `left`: how many paths are not synced, 0: all are; the text says which, and why. */
  flushed: row({
    id: 113,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { serial: 'u32', left: 'u53', text: 'text' },
  }),
  /**
   * Lines of JSON, see pending-rows.ts, or what `compared` says; `last` is 1 on the final ones of
   * what is pending.
   */
  pendingRows: row({
    id: 114,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { serial: 'u32', rows: 'text', last: 'u8' },
  }),
  /**
   * Numbers of paths that wait in each queue; those that failed are in `backlog`. `oldest`:
   * milliseconds since the first change of those in queues.
   */
  queues: row({
    id: 115,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: {
      normal: 'u53',
      big: 'u53',
      instant: 'u53',
      lockWait: 'u53',
      settling: 'u53',
      oldest: 'u53',
    },
  }),
  /** Of `clsync verify`: lines of JSON, each a `Difference` of verification.ts. */
  differences: row({
    id: 116,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { rows: 'text' },
  }),
  /** As `watcherRefused`. */
  executorRefused: row({
    id: 117,
    from: 'executor',
    to: 'master',
    fields: { call: 'u32', count: 'u32' },
  }),
  /**
   * A comparison of source and destination is over (`--verify-interval`, `clsync ctl verify`): how
   * many paths differ, how many could not be looked at, and some of those that differ, in lines as
   * of `differences`.
   */
  verified: row({
    id: 118,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { differences: 'u53', failures: 'u53', milliseconds: 'u53', rows: 'text' },
  }),
  /**
   * A comparison that was asked for is over, after its `pendingRows`, a `Difference` each:
   * `failures` could not be looked at. A text says why nothing was compared, or which could not be.
   */
  compared: row({
    id: 119,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { serial: 'u32', isDone: 'u8', failures: 'u53', text: 'text' },
  }),
  /** As `watcherConfirmed`. */
  executorConfirmed: row({
    id: 120,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { serial: 'u32' },
  }),
  /** The executor has nothing more to do: the daemon ends with this exit code. */
  finished: row({
    id: 105,
    from: 'executor',
    to: 'master',
    phase: 'working',
    once: true,
    fields: { exit: 'u8', text: 'text' },
  }),
  executorFatal: row({
    id: 106,
    from: 'executor',
    to: 'master',
    fields: { code: 'text', text: 'text' },
  }),
  /**
   * A piece of a file of a dump (signal 29): the file's name relative to the dump directory, and
   * text to be appended to it. `last` is 1 on the final piece of all.
   */
  dump: row({
    id: 107,
    from: 'executor',
    to: 'master',
    phase: 'working',
    fields: { file: 'path', text: 'text', last: 'u8' },
  }),
} as const;

export type MessageName = keyof typeof MESSAGES;
type Fields<N extends MessageName> = (typeof MESSAGES)[N]['fields'];
export type Payload<N extends MessageName> = {
  [F in keyof Fields<N>]: Fields<N>[F] extends FieldKind ? FieldTypes[Fields<N>[F]] : never;
};
/** Any message of the table, with its name. */
export type Message = {
  [N in MessageName]: { readonly name: N } & Readonly<Payload<N>>;
}[MessageName];
export type { FieldKind, FieldTypes };

/**
 * How the executor ends: at once (running handlers are killed), after the running handlers, or
 * after one more sync of all that is pending. A smaller number is more urgent.
 */
export const FINISH = { now: 0, afterRunning: 1, afterPending: 2 } as const;
export type Finish = (typeof FINISH)[keyof typeof FINISH];

/**
 * Why deletions are held: a file is missing, which may come back; there are too many; the source is
 * doubted. Of the last two, the executor of another crew is told.
 */
export const HELD = { missing: 0, tooMany: 1, doubt: 2 } as const;
export type Held = (typeof HELD)[keyof typeof HELD];

/**
 * Which rows of a directory these are: the last ones, after which it is known; or more of it
 * follow; or not all of it could be read. As DETAIL_MORE and DETAIL_FAILED of
 * src/native/watch/report.h.
 */
export const LISTED = { all: 0, more: 1, failed: 2 } as const;

/** Bounds, checked by sender and receiver alike. */
export const LIMITS = {
  frame: 4 << 20,
  text: 64 << 10,
  json: 4 << 20,
  list: 4096,
  bytes: 1 << 20,
} as const;
