/**
 * A daemon without a disk: the watcher's dirty set, and the executor's backlog and scheduler,
 * between two plain trees. What stands in rsync's place copies from one to the other, fails as it
 * is told, and may find that the source changes meanwhile.
 */
import { ROOT, basename, isBeneath, parent } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { collapse } from '../../../src/shared/collapse.js';
import { isRecursive } from '../../../src/shared/entry.js';
import type { Entry } from '../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import type { Failure } from '../../../src/executor/modes/failure.js';
import type { Mode, Situation } from '../../../src/executor/modes/mode.js';
import type { Backlog } from '../../../src/executor/schedule/backlog.js';
import { Queues } from '../../../src/executor/schedule/queues.js';
import { Scheduler } from '../../../src/executor/schedule/scheduler.js';
import { SettledFiles } from '../../../src/executor/schedule/settled-files.js';
import { Settling } from '../../../src/executor/schedule/settling.js';
import { codes, failure, partial } from '../../unit/executor/schedule/scheduler-harness.js';
import { Scratch } from '../../harness/scratch.js';
import { ModelWatcher } from './model-watcher.js';
import { PlainTree } from './plain-tree.js';
import type { PlainNode } from './plain-tree.js';
import type { VirtualTime } from './virtual-time.js';

/** How a run differs from others: chosen by its seed. */
export interface Variant {
  /** Milliseconds of `--settle`; 0: off. */
  readonly settle: number;
  readonly delay: number;
  /** A batch is collapsed to so few entries; 0: not. */
  readonly most: number;
  /** A defect that a model must find. */
  readonly forgets?: boolean;
}

export type Outcome = 'fails' | 'is killed' | 'changes';

const scratch = new Scratch();
const { destination: _, ...base } = scratch.settings();
scratch.remove();
const SETTINGS: ExecutorSettings = { ...base, retries: 0 };
const OUTAGE: Failure = { ...failure, ending: { kind: 'exited', code: 12 }, exit: 12 };

export class ModelDaemon {
  readonly source = new PlainTree();
  readonly destination = new PlainTree();
  watcher: ModelWatcher;
  /** How the next calls of the handler end. */
  readonly outcomes: Outcome[] = [];
  /** What changes in the middle of a call. */
  change: () => void = () => undefined;
  /** A path that cannot be synced. */
  bad: BytePath | undefined;
  calls = 0;
  private backlog!: Backlog;
  private scheduler!: Scheduler;
  /** Of the executor that runs; calls of one that was killed do nothing more. */
  private generation = 0;
  private isWalked = false;
  /** The bad path lies in a directory that was copied whole. */
  private hasMet = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly variant: Variant,
  ) {
    this.watcher = this.newWatcher();
    this.startExecutor();
  }

  get isIdle(): boolean {
    const { size, inHand } = this.backlog;
    return this.watcher.isIdle && this.isWalked && size + inHand.size === 0;
  }

  /** For messages. */
  get left(): string {
    return `${this.backlog.size} wait, ${this.backlog.inHand.size} in hand`;
  }

  restartWatcher(): void {
    this.watcher = this.newWatcher();
  }

  restartExecutor(): void {
    this.time.clear();
    this.startExecutor();
    this.watcher.startAgain();
  }

  /** Hands over a batch of the watcher's. */
  send(size: number): void {
    const batch = this.watcher.take(size);
    if (batch !== undefined) {
      const { most } = this.variant;
      const entries = most === 0 ? batch.changes : collapse(batch.changes, most);
      for (const entry of entries) this.backlog.add(entry, this.time.now);
      this.scheduler.added();
    }
    if (this.isWalked || !this.watcher.isIdle) return;
    this.isWalked = true;
    this.scheduler.walked();
  }

  tryNow(): void {
    this.scheduler.tryNow();
  }

  private newWatcher(): ModelWatcher {
    return new ModelWatcher(this.source, () => this.time.now);
  }

  private startExecutor(): void {
    this.generation++;
    this.isWalked = false;
    this.backlog = this.newBacklog();
    this.scheduler = new Scheduler(
      () => SETTINGS,
      this.backlog,
      this.mode(this.generation),
      {
        report: () => undefined,
        isStandby: () => Promise.resolve(false),
        status: () => undefined,
        statusIsKnown: () => undefined,
        failed: () => undefined,
        synced: () => undefined,
        quiet: () => this.quiet(),
        obstacle: () => undefined,
        took: () => undefined,
        settled: () => undefined,
        wanting: () => undefined,
        over: (exit) => {
          throw new Error(`the daemon ends with ${exit}`);
        },
      },
      () => this.time.now,
    );
  }

  private newBacklog(): Backlog {
    const { delay: normal, settle, forgets } = this.variant;
    const queues = new Queues({ normal, big: normal, sync: normal });
    if (forgets === true) queues.kept = (entries) => queues.settled(entries);
    if (settle === 0) return queues;
    const look = (path: BytePath) => {
      const found = this.source.at(path);
      if (found === undefined) return undefined;
      const { id, version } = found;
      const kind = version === undefined ? ('directory' as const) : ('file' as const);
      const size = version ?? 0;
      return { kind, links: 1, size, allocated: 0, inode: String(id), modified: 0, changed: 0 };
    };
    const context = { look, wall: () => 0, full: () => undefined };
    return new SettledFiles(queues, new Settling({ quiet: settle, limit: 20 * settle }, context));
  }

  private async quiet(): Promise<void> {
    this.watcher.lookAtAll();
    for (let batch = this.watcher.take(99); batch !== undefined; batch = this.watcher.take(99))
      for (const entry of batch.changes) this.backlog.add(entry, this.time.now);
  }

  private mode(generation: number): Mode {
    return {
      commands: () => [],
      has: (path) => this.source.at(path) !== undefined,
      plan: (entries, situation) => [
        { entries, run: () => this.call(entries, situation, generation) },
      ],
    };
  }

  private async call(
    entries: readonly Entry[],
    { avoided = [] }: Situation,
    generation: number,
  ): Promise<Failure | undefined> {
    // One that was killed makes no call, and none of its calls comes to an end.
    if (generation !== this.generation) return never();
    this.calls++;
    const outcome = this.outcomes.shift();
    const closed = new Set(avoided);
    const isBad = ({ path }: Entry): boolean => path === this.bad;
    const good = entries.filter((entry) => !isBad(entry));
    this.hasMet = false;
    const half = Math.floor(good.length / 2);
    for (const entry of good.slice(0, half)) this.copy(entry, closed);
    if (outcome !== undefined) this.change();
    await Promise.resolve();
    if (generation !== this.generation) return never();
    if (outcome === 'fails') return OUTAGE;
    if (outcome === 'is killed')
      return { ...failure, codes, ending: { kind: 'killed', signal: 'SIGKILL' } as never };
    for (const entry of good.slice(half)) this.copy(entry, closed);
    if (this.hasMet) return { ...partial, named: new Set([this.bad as BytePath]) };
    return entries.some(isBad) ? partial : undefined;
  }

  /** As rsync does it: with the directories above, and in place of whatever is there. */
  private copy(entry: Entry, closed: ReadonlySet<BytePath>): void {
    const { path } = entry;
    const there = this.source.at(path);
    if (there === undefined) return this.destination.remove(this.destination.at(path));
    if (there.version !== undefined) return this.copyFile(path, there.version);
    const made = this.destination.directoryAt(path);
    if (!isRecursive(entry)) return;
    const isClosed = (at: BytePath): boolean => closed.has(at) || isBeneath(at, closed);
    this.mirror(there, made, isClosed);
  }

  private copyFile(path: BytePath, version: number): void {
    const above = path === ROOT ? undefined : this.destination.directoryAt(parent(path));
    if (above !== undefined) this.destination.put(above, basename(path), version);
  }

  private mirror(from: PlainNode, to: PlainNode, isClosed: (path: BytePath) => boolean): void {
    for (const child of [...to.children.values()])
      if (!from.children.has(child.name) && !isClosed(this.destination.pathOf(child)))
        this.destination.remove(child);
    for (const child of from.children.values()) {
      const path = this.source.pathOf(child);
      if (isClosed(path)) continue;
      if (path === this.bad) this.hasMet = true;
      if (path === this.bad) continue;
      if (child.version !== undefined) this.copyFile(path, child.version);
      else this.mirror(child, this.destination.directoryAt(path), isClosed);
    }
  }
}

function never(): Promise<Failure | undefined> {
  return new Promise(() => undefined);
}
