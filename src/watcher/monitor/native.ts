/**
 * The monitor that the C part implements, for every event source. A thread of the C part reads
 * events.
 */
import { basename, ended, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Payload } from '../../shared/messages.js';
import { isForeign } from '../../shared/mount-table.js';
import type { Mounted } from '../../shared/mount-table.js';
import { MONITORS } from '../../shared/monitors.js';
import type { MonitorName } from '../../shared/monitors.js';
import { native } from '../../shared/native.js';
import type { Findings, MonitorHandle } from '../../shared/native.js';
import { ruleRows } from '../../shared/rules.js';
import { SIGNATURE_FIELDS } from '../../shared/settings.js';
import type { Rule, WatcherSettings } from '../../shared/settings.js';
import { decodeFindings } from './findings.js';
import type { Finding } from './findings.js';
import { decodeHistory } from './history.js';
import type { PastEvent } from './history.js';
import { awaitRound } from './library.js';
import type { Monitor, Round, Rounds } from './monitor.js';
import { Mounts } from './mounts.js';

/** Descriptors that the launcher has made for the source. */
export interface Granted {
  /** Where events come from; undefined: the source opens that itself. */
  readonly events?: number | undefined;
  /** A socket to the process that tells where directories are. */
  readonly resolver?: number | undefined;
}

/** Bits of `enum watch_option` in src/native/watch/watch.h. */
const Option = {
  oneFileSystem: 1,
  excludeMountPoints: 2,
  stat: 4,
  links: 8,
  refused: 16,
  gone: 32,
  directories: 64,
} as const;

export class NativeMonitor implements Monitor {
  private readonly handle: MonitorHandle;
  private readonly mounts: Mounts;
  private readonly starter: number;
  /** Whether some mounts may not be entered. */
  private readonly isLimited: boolean;
  private readonly isLate: boolean;
  private readonly entered: { readonly oneFileSystem: boolean; readonly entersAll: boolean };
  /** Whether one file system is watched otherwise than those that are mounted in it. */
  private readonly isMarked: boolean;

  /**
   * Throws the error of open(2) or of the source, with `code`. `place`: a path of the watch
   * directory. What is granted is taken over. `mounts`: of
   * `openMountTable`. `wake` is called when there are events to ask for.
   */
  constructor(
    readonly source: MonitorName,
    settings: WatcherSettings,
    place: BytePath,
    granted: Granted,
    mounts: number,
    wake: () => void,
  ) {
    const root = native.openRoot(toBuffer(place));
    this.handle = native.monitorOpen(
      root,
      granted.events ?? -1,
      granted.resolver ?? -1,
      source,
      optionsOf(settings),
      signatureFieldsOf(settings),
      settings.sequence,
      mounts,
      wake,
    );
    const { watchDirectory, allowFuse, oneFileSystem, starter } = settings;
    this.isLimited = !allowFuse;
    this.isLate = MONITORS[source].late === true;
    this.isMarked = MONITORS[source].mark !== undefined && !oneFileSystem;
    this.entered = { oneFileSystem, entersAll: allowFuse };
    this.starter = starter;
    this.mounts = new Mounts(watchDirectory, mounts, (mounted) => !isForeign(mounted, starter));
    this.limit();
    this.completes();
  }

  get isLazy(): boolean {
    return native.monitorIsLazy(this.handle);
  }

  get directories(): number {
    return native.monitorDirectories(this.handle);
  }

  get nodes(): number {
    return native.monitorNodes(this.handle);
  }

  get idle(): boolean {
    return native.monitorIdle(this.handle);
  }

  get rounds(): Rounds {
    const [read, seen] = native.monitorRounds(this.handle);
    // The mark on its way may be older than who asks.
    return { read: this.isLate ? read + 1 : read, seen };
  }

  get answered(): number {
    if (!this.isLate) return this.idle ? Infinity : this.rounds.seen;
    awaitRound(this.handle);
    return this.rounds.seen;
  }

  setRules(rules: readonly Rule[]): void {
    native.monitorRules(this.handle, ruleRows(rules));
  }

  events(budget: number): Round {
    return roundOf(native.monitorEvents(this.handle, budget));
  }

  *lookAtMounts(now: number): Generator<Finding> {
    const changed = this.mounts.changed();
    this.limit();
    yield* this.lookAt(changed, now);
  }

  lookAtAllMounts(now: number): Iterable<Finding> {
    return this.lookAt(this.mounts.points, now);
  }

  completes(): boolean {
    if (!this.isLazy || !this.mounts.isTwice) return false;
    native.monitorComplete(this.handle);
    return true;
  }

  private *lookAt(paths: readonly BytePath[], now: number): Generator<Finding> {
    for (const path of paths) {
      // When the directory above is not in the table, its own walk finds what is mounted.
      const above = this.nodeOf(parent(path));
      if (above !== undefined)
        yield* roundOf(native.monitorLook(this.handle, above, toBuffer(basename(path)), now))
          .findings;
    }
  }

  get refusedMounts(): readonly BytePath[] {
    return this.isLimited ? this.mounts.refused : [];
  }

  get mounted(): Payload<'mounts'> {
    return this.mounts.sorted({ ...this.entered, isMarked: this.isMarked });
  }

  get unmarked(): readonly Mounted[] {
    if (!this.isMarked) return [];
    return this.mounts.others.filter((row) => !this.isLimited || !isForeign(row, this.starter));
  }

  walk(node: number, options: number, since = 0): void {
    native.monitorWalk(this.handle, node, options, since);
  }

  poll(node: number, mayWatch: boolean): void {
    native.monitorPoll(this.handle, node, mayWatch);
  }

  pollStep(budget: number): Round {
    return roundOf(native.monitorPollStep(this.handle, budget));
  }

  pollClosed(path: BytePath, now: number): Iterable<Finding> {
    const above = this.nodeOf(parent(path));
    if (above === undefined) return [];
    return roundOf(native.monitorPollClosed(this.handle, above, toBuffer(basename(path)), now))
      .findings;
  }

  step(budget: number): Round {
    return roundOf(native.monitorStep(this.handle, budget));
  }

  search(inodes: readonly string[], since: number): void {
    // The second half of the key is the inode's number, as the C part wrote it.
    native.monitorSearch(
      this.handle,
      ended(
        inodes.map((inode) => inode.slice(8)),
        '',
      ),
      since / 1000,
    );
  }

  searchName(node: number, name: BytePath): Iterable<Finding> {
    return roundOf(native.monitorSearchName(this.handle, node, toBuffer(name))).findings;
  }

  searchIn(node: number): Iterable<Finding> {
    return roundOf(native.monitorSearchIn(this.handle, node)).findings;
  }

  searchStep(budget: number): Round {
    return roundOf(native.monitorSearchStep(this.handle, budget));
  }

  revisit(node: number): 'away' | 'there' | 'gone' {
    return (['away', 'there', 'gone'] as const)[native.monitorRevisit(this.handle, node)];
  }

  sweep(): Iterable<Finding> {
    return roundOf(native.monitorSweep(this.handle)).findings;
  }

  retire(keep: number): { readonly nodes: readonly number[]; readonly more: boolean } {
    const [buffer, more] = native.monitorRetire(this.handle, keep);
    const nodes = Array.from({ length: buffer.length / 4 }, (_, at) => buffer.readUInt32LE(at * 4));
    return { nodes, more };
  }

  forget(kept: readonly number[]): Round {
    return roundOf(native.monitorForget(this.handle, Buffer.from(new Uint32Array(kept).buffer)));
  }

  history(): Iterable<PastEvent> {
    return decodeHistory(native.monitorHistory(this.handle));
  }

  pathOf(node: number): BytePath | undefined {
    return native.monitorPath(this.handle, node) as BytePath | undefined;
  }

  nodeOf(directory: BytePath): number | undefined {
    return native.monitorNode(this.handle, toBuffer(directory));
  }

  close(): void {
    native.monitorClose(this.handle);
  }

  private limit(): void {
    const { handle, mounts } = this;
    native.monitorSilent(handle, numbers(mounts.silent));
    native.monitorCounting(handle, numbers(mounts.counting));
    if (this.isLimited) native.monitorMounts(handle, numbers(mounts.allowed));
  }
}

function numbers(values: readonly bigint[]): Buffer {
  return Buffer.from(new BigUint64Array(values).buffer);
}

function roundOf([buffer, more]: Findings): Round {
  return { findings: decodeFindings(buffer), more };
}

function optionsOf(settings: WatcherSettings): number {
  return (
    (settings.oneFileSystem || settings.excludeMountPoints ? Option.oneFileSystem : 0) |
    (settings.excludeMountPoints ? Option.excludeMountPoints : 0) |
    (settings.statEntries ? Option.stat : 0) |
    (settings.trackHardLinks ? Option.links : 0) |
    (settings.detail === 'recursive' ? Option.refused : 0) |
    (settings.collapses ? Option.directories : 0) |
    // In a sequence of events every move is an event of its own.
    (settings.detail === 'objects' && !settings.sequence ? Option.gone : 0)
  );
}

function signatureFieldsOf(settings: WatcherSettings): number {
  return settings.modificationSignature.reduce(
    (bits, field) => bits | (1 << SIGNATURE_FIELDS.indexOf(field)),
    0,
  );
}
