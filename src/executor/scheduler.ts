/** Decides when to sync: what is due, one at a time or in parallel, when to try again, when the work is over. */
import { existsSync } from 'node:fs';
import { toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag, ObjectType } from '../shared/entry.js';
import type { Entry } from '../shared/entry.js';
import { IN } from '../shared/inotify-mask.js';
import type { Report } from '../shared/report.js';
import type { ExecutorSettings, Status } from '../shared/settings.js';
import type { Failure, Mode, Situation } from './modes/mode.js';
import { Overlap } from './overlap.js';
import type { Backlog } from './queues.js';
import { Pace } from './pace.js';
import { Retry } from './retry.js';
import { sync } from './sync.js';

/** Syncs at once with `--threading` safe or full. */
const PARALLEL = 16;
/** Exit status of a program that a signal ended, as it comes of memory that is not what a program takes it for: ILL, TRAP, ABRT, SEGV. */
const CRASHES = [132, 133, 134, 139];
/** Milliseconds between looks for the standby file. */
const STANDBY = 1000;

/** What the scheduler tells the rest, and asks of it. */
export interface Surroundings {
  readonly report: Report;
  status(status: Status): void;
  /** Resolves when what was said of the status can be read by what is started now; undefined: it can. */
  statusIsKnown(): Promise<void> | undefined;
  synced(paths: number, milliseconds: number, initial: boolean): void;
  /** Resolves when every event that has happened so far is in the backlog. */
  quiet(): Promise<void>;
  /** Why no handler can be called now. */
  obstacle(): Failure | undefined;
  /** A sync has ended, well or not. */
  settled(): void;
  /** There is nothing more to do: `exit` is the daemon's exit status, `text` says why when it is not 0. */
  over(exit: number, text: string): void;
}

interface Running {
  readonly entries: readonly Entry[];
  readonly overlap: Overlap;
  /** Another sync ran at the same time. */
  shared: boolean;
}

export class Scheduler {
  private readonly running = new Set<Running>();
  private readonly retry = new Retry();
  private readonly pace = new Pace();
  private phase: 'walking' | 'initial' | 'running' | 'over' = 'walking';
  /** Syncs that ended well. */
  private iterations = 0;
  /** For CLSYNC_ITERATION, which counts as the C program does: new directories too, and not what takes a directory whole. */
  private count = 0;
  private notBefore = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private idle: (() => void) | undefined;
  /** Syncs at once got in each other's way: what failed is tried again with nothing beside it. */
  private alone = false;

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    private readonly mode: Mode,
    private readonly around: Surroundings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get initialDone(): boolean {
    return this.phase === 'running' || this.phase === 'over';
  }

  /** Nothing more is taken before a sync ends. */
  get isBusy(): boolean {
    return this.running.size >= this.parallel();
  }

  get entriesInHand(): Entry[] {
    return [...this.running].flatMap(({ entries }) => entries);
  }

  /** The initial walk is over: all it found has been added to the backlog. */
  walked(): void {
    this.phase = 'initial';
    if (this.backlog.hasInitial) this.around.status('initsync');
    else this.initialIsDone();
    this.wake();
  }

  /** Looks for work: after something was added, after settings changed, or to cut a wait short. */
  wake(): void {
    clearTimeout(this.timer);
    if (this.phase !== 'initial' && this.phase !== 'running') return;
    if (this.isBusy) return;
    const { standbyFile } = this.settings();
    if (standbyFile !== undefined && existsSync(toBuffer(standbyFile))) {
      if (this.running.size === 0) this.around.status('hold on');
      return this.wakeIn(STANDBY);
    }
    const now = this.now();
    const start = Math.max(this.notBefore, this.isPaced(now) ? this.pace.nextStart(now) : now);
    if (now < start) return this.wakeIn(start - now);
    const entries = this.settings().exitOnNoEvents ? this.backlog.takeAll(now) : this.backlog.take(now, (entry) => this.isLocked(entry));
    if (entries.length > 0) void this.start(entries);
    else {
      const due = this.backlog.nextDue();
      if (due !== undefined) this.wakeIn(due - now);
    }
  }

  /** What is done at the user's own pace, or once, is not spaced. */
  private isPaced(now: number): boolean {
    const { mode, exitOnNoEvents } = this.settings();
    const due = this.backlog.nextDue();
    return mode !== 'simple' && !exitOnNoEvents && this.phase === 'running' && due !== undefined && due <= now;
  }

  /** Starts no more; resolves when nothing runs. */
  async stop(): Promise<void> {
    this.phase = this.initialDone ? 'over' : 'walking';
    clearTimeout(this.timer);
    if (this.running.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** After `stop`: one more sync of everything that is pending. Tried once. */
  async last(): Promise<Failure | undefined> {
    await this.around.quiet();
    const entries = this.backlog.takeAll(this.now());
    if (entries.length === 0) return undefined;
    this.around.status('terminating');
    return this.iterate(entries);
  }

  situation(status: Status): Situation {
    return { status, iteration: this.count, initial: this.phase === 'initial' };
  }

  private parallel(): number {
    return this.settings().threading === 'off' || this.phase === 'initial' || this.alone ? 1 : PARALLEL;
  }

  private wakeIn(milliseconds: number): void {
    this.timer = setTimeout(() => this.wake(), Math.ceil(milliseconds));
  }

  /** `--threading=safe`: a path is in one sync at a time, and so is what it lies in or holds when that is taken whole. */
  private isLocked(entry: Entry): boolean {
    if (this.settings().threading !== 'safe') return false;
    return [...this.running].some(({ overlap }) => overlap.touches(entry.path));
  }

  private async start(entries: readonly Entry[]): Promise<void> {
    this.around.status(this.phase === 'initial' ? 'initsync' : 'running');
    const failure = await this.iterate(entries);
    this.around.settled();
    if (this.idle !== undefined) {
      if (this.running.size === 0) this.idle();
      return;
    }
    if (failure !== undefined) return this.failed(failure, entries);
    this.retry.succeeded();
    if (this.running.size === 0) this.alone = false;
    if (this.phase === 'initial' && !this.backlog.hasInitial) this.initialIsDone();
    await this.goOn();
  }

  private async iterate(entries: readonly Entry[]): Promise<Failure | undefined> {
    const running: Running = { entries, overlap: new Overlap(entries.map(({ path }) => path)), shared: this.running.size > 0 };
    for (const other of this.running) other.shared = true;
    this.running.add(running);
    const initial = this.phase === 'initial';
    const known = this.around.statusIsKnown();
    if (known !== undefined) await known;
    const began = this.now();
    if (this.settings().mode !== 'simple') this.count += countOfNewDirectories(entries);
    const { settled, kept, failure, counts } = await sync(this.mode, entries, this.situation(initial ? 'initsync' : 'running'), () => this.around.obstacle());
    this.pace.syncEnded(this.now());
    if (settled.length > 0) this.around.synced(settled.length, Math.round(this.now() - began), initial);
    if (running.shared && this.mode.carriesDirectories === true) this.directoriesAgain(running.overlap.above);
    if (failure === undefined) {
      this.running.delete(running);
      this.iterations++;
      if (counts) this.count++;
      if (this.settings().mode === 'simple') this.count += countOfNewDirectories(entries);
      return undefined;
    }
    // Still running while it asks: what arrives meanwhile must not be taken into another sync before it was looked at.
    const disturbed = running.shared && this.mode.carriesDirectories === true;
    if (disturbed) this.alone = true;
    const changing = disturbed || failure.again === true || (failure.partial && (await this.isChanging(kept)));
    this.backlog.keep(kept, this.now());
    this.running.delete(running);
    return { ...failure, partial: changing };
  }

  /** Of two syncs at once, the one that began earlier may have ended later and set a directory's old times: they are set again. */
  private directoriesAgain(directories: Iterable<BytePath>): void {
    const mask = (IN.ATTRIB | IN.ISDIR) >>> 0;
    for (const path of directories) {
      this.backlog.add({ path, mask, before: ObjectType.directory, after: ObjectType.directory, flags: 0, age: 0 }, this.now());
    }
  }

  /** Whether what the handler had in hand changed under it. */
  private async isChanging(entries: readonly Entry[]): Promise<boolean> {
    await this.around.quiet();
    return this.backlog.touches(entries.map(({ path }) => path));
  }

  private failed(failure: Failure, entries: readonly Entry[]): void {
    const { report, status, over } = this.around;
    const settings = this.settings();
    if (failure.partial) {
      for (const line of failure.complaints ?? []) report('debug1', line);
      report('info', `the tree changed under the handler (${failure.reason}): trying again`);
      this.notBefore = this.now() + this.retry.disturbed(settings);
      return this.wake();
    }
    for (const line of failure.complaints ?? []) report('error', line);
    report('error', `the sync of ${entries.length} path${entries.length === 1 ? '' : 's'} failed: ${failure.reason}`);
    if (failure.denied && settings.permissionHint !== undefined) report('error', settings.permissionHint);
    if (CRASHES.includes(failure.exit) && settings.crashHint !== undefined) report('error', settings.crashHint);
    const delay = this.retry.next(settings);
    if (delay === undefined) return over(failure.exit, failure.reason);
    status('synchandler error');
    report('info', `trying again in ${(delay / 1000).toFixed(1)} s`);
    this.notBefore = this.now() + delay;
    this.wake();
  }

  private initialIsDone(): void {
    this.phase = 'running';
    this.around.status('running');
  }

  /** After a sync that ended well. */
  private async goOn(): Promise<void> {
    const { onlyInitialSync, maxIterations, exitOnNoEvents } = this.settings();
    if (this.phase !== 'running') return this.wake();
    if (onlyInitialSync || (maxIterations > 0 && this.iterations >= maxIterations)) return this.around.over(0, '');
    if (exitOnNoEvents && this.running.size === 0) {
      await this.around.quiet();
      if (this.backlog.size === 0) return this.around.over(0, '');
    }
    this.wake();
  }
}

function countOfNewDirectories(entries: readonly Entry[]): number {
  const made = (IN.CREATE | IN.ISDIR) >>> 0;
  return entries.filter(({ mask, flags }) => (mask & made) >>> 0 === made && (flags & EntryFlag.initial) === 0).length;
}
