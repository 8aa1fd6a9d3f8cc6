/**
 * The typed functions of the C part (src/native), for what Node cannot do, or not by descriptor, or
 * not fast enough.
 */
import { closeSync } from 'node:fs';
import { loadNative } from './load-native.js';

declare const monitor: unique symbol;
/** A watched tree, opaque; see src/native/watch/watch.h. */
export interface MonitorHandle {
  readonly [monitor]: true;
}

declare const comparison: unique symbol;
/** Two trees being compared, opaque; see src/native/compare/comparison.h. */
export interface ComparisonHandle {
  readonly [comparison]: true;
}

/**
 * Findings (src/watcher/monitor/findings.ts decodes them), and whether the same call has more to
 * do.
 */
export type Findings = readonly [findings: Buffer, more: boolean];

/** A rule as C takes it: expression, bits of the actions it decides, and the decision. */
export type RuleRow = readonly [pattern: Buffer, actions: number, allow: boolean];

declare const rules: unique symbol;
/** Compiled rules, opaque. */
export interface RulesHandle {
  readonly [rules]: true;
}

declare const mirror: unique symbol;
/** A source, its destination and the threads that copy, opaque; see src/native/mirror/. */
export interface MirrorHandle {
  readonly [mirror]: true;
}

/** Functions throw an Error with errno's name in `code` and the call in `syscall`. */
export interface Native {
  /** Bytes of getrandom(2), at most 256. */
  random(length: number): Buffer;
  /** socketpair(2): AF_UNIX, SOCK_STREAM, close-on-exec. */
  socketpair(): [number, number];
  /** pipe2(2), close-on-exec. */
  pipe(): [number, number];
  /**
   * Checks a POSIX extended regular expression: regerror(3)'s text, or undefined when it is valid.
   */
  checkPattern(pattern: Buffer): string | undefined;

  /**
   * Forbids core dumps and tracing, and installs a filter (struct sock_filter, see seccomp(2)) on
   * every thread; an empty one installs none.
   */
  seal(filter: Buffer): void;
  /**
   * Counts system calls that a filter compiled with `counted` refuses. A byte is written to the
   * pipe when there is something to take.
   */
  countRefusals(pipe: number): void;
  /** Numbers of system calls, each followed by how often it was refused since the last time. */
  takeRefusals(): readonly number[];
  /**
   * execve(2) of a program in the place of this one, with the environment as it is, under a filter
   * and with these descriptors left open. Throws, or does not return.
   */
  execute(
    filter: Buffer,
    program: Buffer,
    words: readonly Buffer[],
    descriptors: readonly number[],
  ): never;
  /**
   * Whether the kernel (6.3 and later) can keep memory that was written from being executed:
   * PR_SET_MDWE.
   */
  canDenyExecutableMemory(): boolean;
  /** The signal that the calling thread gets when the parent ends (prctl(2)); 0: none. */
  parentDeathSignal(): number;
  setParentDeathSignal(signal: number): void;
  /**
   * Takes all capabilities but those of the mask (bit N for number N) from every set, and all but
   * those of `bounding` from the bounding set, of every thread there is.
   */
  limitCapabilities(mask: bigint, bounding: bigint): void;
  /** No supplementary groups, in all threads. Throws an Error with `code`. */
  dropGroups(): void;
  /** These are all ids of all threads. Throws an Error with `code`. */
  takeIds(uid: number, gid: number): void;
  /**
   * Refuses rights of Landlock to every thread there is, but for those that each path has beneath
   * it; `onFiles` are those that files can have that are no directories. For good.
   */
  restrictFiles(
    files: bigint,
    network: bigint,
    onFiles: bigint,
    paths: readonly Buffer[],
    rights: readonly bigint[],
  ): void;
  /** Version of Landlock's interface; 0 when the kernel does not offer it. */
  landlockVersion(): number;

  /**
   * Attaches a program (struct bpf_insn) that decides about devices to a control group of version
   * 2, given by a descriptor of its directory.
   */
  attachDeviceFilter(group: number, program: Buffer): void;

  /** 64 bits that tell whether bytes are as they were written; no protection against anybody. */
  checksum(bytes: Buffer): bigint;

  /** Sets the time of modification with futimens(2); that of access becomes now. */
  setModified(descriptor: number, seconds: number, nanoseconds: number): void;

  /**
   * Throws as faccessat(2) unless the path may be written: with capabilities, unlike `accessSync`.
   */
  checkWritable(path: Buffer): void;

  /**
   * What identifies a directory, and its free blocks and inodes; errno where it may not be
   * written. A thread looks: its file system may never answer.
   */
  lookAtWritable(
    path: Buffer,
  ): Promise<readonly [inode: string, blocks: number, inodes: number] | number>;

  /**
   * unlink(2) of a path beneath a directory, given by its descriptor, if what stands there is no
   * directory and has other names; returns whether it was removed. Follows no symbolic link.
   */
  removeTied(root: number, path: Buffer): boolean;

  rulesCompile(rules: readonly RuleRow[]): RulesHandle;
  /** The bits of `actions` that are allowed at a path. */
  rulesAllowed(handle: RulesHandle, actions: number, path: Buffer): number;

  /**
   * Takes the descriptors over; `copy` is -1 when it cannot be looked at. `terms`: the fields of
   * struct compare_terms. `skipped`: paths, each ended by NUL, in byte order.
   */
  compareOpen(
    source: number,
    copy: number,
    terms: readonly number[],
    skipped: Buffer,
  ): ComparisonHandle;
  /** Adds a directory to the comparison, with bits of enum extent. */
  compareAdd(handle: ComparisonHandle, path: Buffer, extent: number): void;
  compareStep(handle: ComparisonHandle, budget: number): Findings;
  compareClose(handle: ComparisonHandle): void;

  /**
   * Takes the descriptors over, also when it throws; `backup` is -1 without one. Starts the threads
   * that do everything later. `terms`: see `encodeTerms` in src/executor/modes/mirror/wire.ts.
   */
  mirrorOpen(
    source: number,
    destination: number,
    backup: number,
    terms: readonly number[],
  ): MirrorHandle;
  /**
   * Starts a run and returns its number; `done` is called once, later. Several may be going on: one
   * without a row `tree` never waits for one that has. Throws EINVAL for a row that is not
   * well-formed. `rows`: see `encodeRows`. `skipped`: paths, each ended by NUL, in byte order, left
   * alone on both sides with everything beneath. `contents`: in the same form, directories of which
   * only the content is. What `rules` refuse is left alone, too. `options`: bits of `RunOption`.
   * `stamp`: the name of the directory beneath the backup root.
   */
  mirrorRun(
    handle: MirrorHandle,
    rows: Buffer,
    skipped: Buffer,
    contents: Buffer,
    rules: RulesHandle | undefined,
    options: number,
    stamp: Buffer,
    done: (answer: Buffer) => void,
  ): number;
  /**
   * Names looked at, names known so far, files copied, bytes copied; undefined once the run is
   * over.
   */
  mirrorProgress(
    handle: MirrorHandle,
    run: number,
  ): readonly [looked: number, known: number, copied: number, bytes: number] | undefined;
  /** Ends a run soon; what was not done is reported as stopped. */
  mirrorStop(handle: MirrorHandle, run: number): void;
  /** The run begins no further directory. */
  mirrorLeave(handle: MirrorHandle, run: number): void;
  /**
   * Ends all runs soon, and the threads after them; waits for neither. The process no longer stays
   * for the runs, but their `done` is called if it does.
   */
  mirrorClose(handle: MirrorHandle): void;

  /** A descriptor of a directory, which may not be a symbolic link. */
  openRoot(path: Buffer): number;
  /**
   * Takes `root`, `granted` and `resolver` over, also when it throws: the descriptor of the watch
   * directory, and those the launcher has made for this source (-1: it needs none). Throws with
   * `syscall` 'source_open' when the source cannot be opened. `mounts`: /proc/self/mountinfo, which
   * stays open for as long as the monitor (-1: mounts are not noticed). `wake` is called once after
   * events have come, until `monitorEvents` is called.
   */
  monitorOpen(
    root: number,
    granted: number,
    resolver: number,
    source: string,
    options: number,
    signatureFields: number,
    sequence: boolean,
    mounts: number,
    wake: () => void,
  ): MonitorHandle;
  monitorClose(handle: MonitorHandle): void;
  /**
   * Replaces the rules, keeping the former ones for a walk that compares them, and watches the root
   * accordingly. Throws with `syscall` 'source_add' when it cannot be watched.
   */
  monitorRules(handle: MonitorHandle, rules: readonly RuleRow[]): void;
  /** The numbers of the mounts that may be entered, 64 bits each; from then on no others are. */
  monitorMounts(handle: MonitorHandle, numbers: Buffer): void;
  /** Devices (st_dev, 64 bits each) of file systems that change without events. */
  monitorSilent(handle: MonitorHandle, devices: Buffer): void;
  /** Those where a directory with two links has no directory in it. */
  monitorCounting(handle: MonitorHandle, devices: Buffer): void;
  monitorEvents(handle: MonitorHandle, budget: number): Findings;
  /** Whether no event waits to be looked at. */
  monitorIdle(handle: MonitorHandle): boolean;
  monitorRounds(handle: MonitorHandle): [read: number, seen: number];
  /** As if a directory had been made there at `since`, milliseconds of CLOCK_MONOTONIC. */
  monitorLook(handle: MonitorHandle, node: number, name: Buffer, since: number): Findings;
  /**
   * Begins a walk at a node; one at a time. `since`, milliseconds since 1970: of a flat walk, files
   * changed before are not reported, and 0 reports all; with `WalkOption.recent`, those modified
   * later are.
   */
  monitorWalk(handle: MonitorHandle, node: number, options: number, since: number): void;
  /** Begins to compare a directory, and tries to watch it before if it `mayWatch`. */
  monitorPoll(handle: MonitorHandle, node: number, mayWatch: boolean): void;
  monitorPollStep(handle: MonitorHandle, budget: number): Findings;
  /** As `monitorLook`, if the directory there can be opened, which it could not. */
  monitorPollClosed(handle: MonitorHandle, node: number, name: Buffer, since: number): Findings;
  monitorStep(handle: MonitorHandle, budget: number): Findings;
  /**
   * Begins a search for all names of inodes, given as 64-bit numbers in the machine's order, and
   * for what was changed (st_ctim) since a time in seconds of CLOCK_REALTIME, unless that is 0.
   */
  monitorSearch(handle: MonitorHandle, inodes: Buffer, since: number): void;
  /** Looks at one name: a finding if something other than a directory stands there. */
  monitorSearchName(handle: MonitorHandle, node: number, name: Buffer): Findings;
  /** Lists one directory for the inodes searched for. */
  monitorSearchIn(handle: MonitorHandle, node: number): Findings;
  monitorSearchStep(handle: MonitorHandle, budget: number): Findings;
  /** Where a displaced node is: 0 still away, 1 where the table says, 2 no longer in the tree. */
  monitorRevisit(handle: MonitorHandle, node: number): 0 | 1 | 2;
  monitorSweep(handle: MonitorHandle): Findings;
  /** Both as `Monitor` has them: nodes are 32 bits each. */
  monitorRetire(handle: MonitorHandle, keep: number): [nodes: Buffer, more: boolean];
  monitorForget(handle: MonitorHandle, kept: Buffer): Findings;
  /** Path of a node, one character a byte; undefined when it is not in the tree. */
  monitorPath(handle: MonitorHandle, node: number): string | undefined;
  /** Node of a directory's path, entered if need be; undefined when there is none. */
  monitorNode(handle: MonitorHandle, path: Buffer): number | undefined;
  /** The last raw events (src/watcher/monitor/history.ts decodes them). */
  monitorHistory(handle: MonitorHandle): Buffer;
  /** Whether directories are entered when something happens in them, or they are asked for. */
  monitorIsLazy(handle: MonitorHandle): boolean;
  /** It is no longer lazy: the caller walks the whole tree. */
  monitorComplete(handle: MonitorHandle): void;
  monitorDirectories(handle: MonitorHandle): number;
  monitorNodes(handle: MonitorHandle): number;
}

export const native = loadNative() as Native;

export function socketpair(): [number, number] {
  return native.socketpair();
}

/** A pipe at its end, for who is to read nothing: /dev/null would be the host's. */
export function nothingToRead(): number {
  const [read, write] = native.pipe();
  closeSync(write);
  return read;
}

/** The end to read from and the end to write to. */
export function pipe(): readonly [read: number, write: number] {
  return native.pipe();
}
