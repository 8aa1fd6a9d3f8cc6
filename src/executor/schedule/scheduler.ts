/**
 * Decides when to sync: what is due, one at a time or in parallel, when to try again, when the work
 * is over.
 */
import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import { EntryFlag, JUST_NOW, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import { ifLocal } from '../../shared/places.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings, Status } from '../../shared/settings.js';
import type { Backlog } from './backlog.js';
import { DestinationWatch } from './destination.js';
import type { Failure } from '../modes/failure.js';
import type { Mode, Situation } from '../modes/mode.js';
import { isCrash } from '../run/ending.js';
import { Overlap } from './overlap.js';
import { Pace } from './pace.js';
import { Pause } from './pause.js';
import { LONGEST_UNREACHABLE, Retry, delayAfterChange } from './retry.js';
import { sync } from './sync.js';
import type { Trouble } from './sync.js';
import { takeCompanions } from './together.js';
import { Troubles } from './troubles.js';
import { isOutage, mayComeOfChanges, verdictOf } from './verdict.js';
import type { Verdict } from './verdict.js';

/** Syncs at once with `--threading` safe or full. */
const PARALLEL = 16;
/** With so many entries in hand, the event loop has a turn before the next step. */
const MANY = 1024;
/** Milliseconds between looks for the standby file. */
const STANDBY = 1000;

/** What the scheduler tells the rest, and asks of it. */
export interface Surroundings {
  readonly report: Report;
  status(status: Status): void;
  /**
   * Resolves when what was said of the status can be read by what is started now; undefined: it
   * can.
   */
  statusIsKnown(): Promise<void> | undefined;
  synced(paths: number, milliseconds: number, initial: boolean): void;
  /** A sync of so many paths has failed as a whole. */
  failed(paths: number, reason: string): void;
  /** Resolves when every event that has happened so far is in the backlog. */
  quiet(): Promise<void>;
  /** Why no handler can be called now. */
  obstacle(): Failure | undefined;
  /** A sync of these has taken so long, and so many paths were settled. */
  took(entries: readonly Entry[], settled: number, milliseconds: number): void;
  /** A sync has ended, well or not. */
  settled(): void;
  /**
   * There is nothing more to do: `exit` is the daemon's exit status, `text` says why when it is not
   * 0.
   */
  over(exit: number, text: string): void;
}

interface Running {
  readonly entries: readonly Entry[];
  /** Made when it is asked for: a sync may have a million paths. */
  overlap(): Overlap;
  /** Another sync ran at the same time. */
  shared: boolean;
}

export class Scheduler {
  private readonly running = new Set<Running>();
  /** Of the handler as a whole. */
  private readonly retry = new Retry();
  private readonly pause = new Pause();
  private readonly troubles: Troubles;
  private readonly destination: DestinationWatch;
  private readonly pace = new Pace();
  private phase: 'walking' | 'initial' | 'running' | 'over' = 'walking';
  /** Syncs that ended well. */
  private iterations = 0;
  /**
   * For CLSYNC_ITERATION, which counts as the C program does: new directories too, and not what
   * takes a directory whole.
   */
  private count = 0;
  /** When the first portion of what is in hand was begun, where that goes on. */
  private first: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private idle: (() => void) | undefined;
  /**
   * Paths over which syncs at once got in each other's way: until they are synced, nothing is
   * beside another.
   */
  private readonly contended = new Set<BytePath>();

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    private readonly mode: Mode,
    private readonly around: Surroundings,
    private readonly now: () => number = monotonic,
  ) {
    this.troubles = new Troubles(settings, backlog, mode, around.report);
    this.destination = new DestinationWatch(
      () => this.pause.end > this.now() || backlog.held.size > 0,
      () => this.destinationIsBack(),
    );
  }

  get initialDone(): boolean {
    return this.phase === 'running' || this.phase === 'over';
  }

  /** Nothing more is taken before a sync ends. */
  get isBusy(): boolean {
    return this.running.size >= this.parallel();
  }

  /** The initial walk is over: all it found has been added to the backlog. */
  walked(): void {
    this.phase = 'initial';
    if (this.backlog.hasInitial) this.around.status('initsync');
    else this.initialIsDone();
    this.wake();
  }

  /** Something was added to the backlog. */
  added(): void {
    this.pause.changed();
    this.wake();
  }

  /** Whatever waits after a failure is tried now. */
  tryNow(): void {
    this.pause.cut();
    this.retry.succeeded();
    this.troubles.forgive(this.now());
    this.wake();
  }

  private destinationIsBack(): void {
    this.around.report('info', 'the destination is back, or has room again: trying now');
    this.pause.cut();
    this.backlog.release(this.now());
    this.wake();
  }

  /** Looks for work: after something was added, after settings changed, when a wait is over. */
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
    const due = this.backlog.nextDue();
    const start = Math.max(
      this.pause.end,
      due !== undefined && this.isPaced(now, due) ? this.pace.nextStart(now, due) : now,
    );
    if (now < start) return this.wakeIn(start - now);
    const entries = this.settings().exitOnNoEvents
      ? this.backlog.takeAll(now)
      : this.backlog.take(now, (entry) => this.isLocked(entry));
    if (entries.length > 0) void this.start([...entries, ...this.otherNames(entries)]);
    else {
      const next = this.backlog.nextDue();
      if (next !== undefined) this.wakeIn(next - now);
    }
  }

  /** What waits apart and is to be in one call with what is in hand. */
  private otherNames(entries: readonly Entry[]): Entry[] {
    const { mode, backlog } = this;
    if (mode.keyOf === undefined || backlog.size === 0) return [];
    return takeCompanions(
      entries,
      (entry) => mode.keyOf?.(entry),
      (isWanted) => backlog.takeAlso((entry) => isWanted(entry) && !this.isLocked(entry)),
    );
  }

  /** What is done at the user's own pace, or once, is not spaced. */
  private isPaced(now: number, due: number): boolean {
    return (
      !this.isSequence && !this.settings().exitOnNoEvents && this.phase === 'running' && due <= now
    );
  }

  /** Starts no more; resolves when nothing runs. */
  async stop(): Promise<void> {
    this.phase = this.initialDone ? 'over' : 'walking';
    clearTimeout(this.timer);
    this.destination.end();
    if (this.running.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** After `stop`: one more sync of everything that is pending. Tried once. */
  async last(): Promise<Failure | undefined> {
    await this.around.quiet();
    this.backlog.release(-Infinity);
    let failure: Failure | undefined;
    for (let left = this.backlog.size; left > 0;) {
      const entries = this.backlog.takeAll(this.now());
      if (entries.length === 0) break;
      left -= entries.length;
      this.around.status('terminating');
      const troubles = await this.iterate(entries);
      failure ??= troubles[0]?.failure;
      if (troubles.some(isBroken)) break;
    }
    return failure;
  }

  situation(status: Status): Situation {
    return { status, iteration: this.count, initial: this.phase === 'initial' };
  }

  private parallel(): number {
    return this.settings().threading === 'off' ||
      this.phase === 'initial' ||
      this.contended.size > 0
      ? 1
      : PARALLEL;
  }

  private get isSequence(): boolean {
    return MODE_TRAITS[this.settings().mode].sequence;
  }

  private wakeIn(milliseconds: number): void {
    this.timer = setTimeout(() => this.wake(), Math.ceil(milliseconds));
  }

  /**
   * `--threading=safe`: a path is in one sync at a time, and so is what it lies in or holds when
   * that is taken whole.
   */
  private isLocked(entry: Entry): boolean {
    if (this.settings().threading !== 'safe') return false;
    return [...this.running].some(({ overlap }) => overlap().touches(entry.path));
  }

  private async start(entries: readonly Entry[]): Promise<void> {
    this.around.status(this.phase === 'initial' ? 'initsync' : 'running');
    const troubles = await this.iterate(entries);
    this.around.settled();
    if (this.idle !== undefined) {
      if (this.running.size === 0) this.idle();
      return;
    }
    const broken = troubles.find(isBroken);
    if (broken !== undefined) return this.failed(broken, entries.length);
    this.retry.succeeded();
    if (this.phase === 'initial' && !this.backlog.hasInitial) this.initialIsDone();
    await this.goOn();
  }

  private async iterate(entries: readonly Entry[]): Promise<readonly Trouble[]> {
    const running: Running = {
      entries,
      overlap: once(() => new Overlap(entries.map(({ path }) => path))),
      shared: this.running.size > 0,
    };
    for (const other of this.running) other.shared = true;
    this.running.add(running);
    const isWhole = !this.backlog.goesOn;
    const initial = this.phase === 'initial';
    const isInitialDone = isWhole && initial;
    const known = this.around.statusIsKnown();
    if (known !== undefined) await known;
    if (entries.length > MANY) await nextTurn();
    const began = this.now();
    const first = this.first ?? began;
    this.first = isWhole ? undefined : first;
    if (!this.isSequence) this.count += countOfNewDirectories(entries);
    const situation = {
      ...this.situation(initial ? 'initsync' : 'running'),
      avoided: this.backlog.leaveOut(entries),
    };
    const { settled, troubles, counts } = await sync(this.mode, entries, situation, {
      obstacle: () => this.around.obstacle(),
      judge: (failure, given) => this.judge(failure, given, running),
    });
    this.pace.syncEnded(this.now());
    this.around.took(entries, settled.length, this.now() - began);
    if (settled.length > 0)
      this.around.synced(
        settled.length,
        Math.round(this.now() - (isInitialDone ? first : began)),
        isInitialDone,
      );
    if (entries.length > MANY) await nextTurn();
    if (running.shared && this.mode.carriesDirectories === true)
      this.directoriesAgain(running.overlap().above);
    for (const { path } of settled) this.contended.delete(path);
    this.troubles.settled(settled);
    // What arrived while it was judged must not be taken into another sync before this: the run is
    // not over yet.
    const left = this.settle(troubles, running);
    this.watchDestination(troubles.filter(({ apart }) => apart).map(({ failure }) => failure));
    const kept = new Set(troubles.flatMap((trouble) => trouble.entries));
    this.backlog.settled(entries.filter((entry) => !kept.has(entry)));
    this.running.delete(running);
    if (left.some(isBroken)) return left;
    if (isWhole) this.iterations++;
    if (counts) this.count++;
    if (this.isSequence) this.count += countOfNewDirectories(entries);
    return left;
  }

  private async judge(
    failure: Failure,
    entries: readonly Entry[],
    running: Running,
  ): Promise<Verdict> {
    const contended = this.isContended(running);
    const changing = !contended && mayComeOfChanges(failure) && (await this.isChanging(entries));
    return verdictOf(failure, this.settings(), {
      once: this.endsByItself(),
      changing,
      contended,
      failures: this.retry.next,
    });
  }

  /** Puts back what was not synced; returns what of it tells against the handler. */
  private settle(troubles: readonly Trouble[], running: Running): readonly Trouble[] {
    const now = this.now();
    return troubles.map((trouble) => {
      const { entries, failure, verdict, apart } = trouble;
      if (verdict === 'disturbed') this.disturbed(trouble, running, now);
      else if (!apart) this.backlog.kept(entries, now);
      else if (this.troubles.failed(trouble, now))
        return {
          ...trouble,
          verdict: 'fatal',
          apart: false,
          failure: { ...failure, complaints: [] },
        };
      return trouble;
    });
  }

  private disturbed({ entries, failure }: Trouble, running: Running, now: number): void {
    const { report } = this.around;
    for (const line of failure.complaints ?? []) report('debug1', line);
    report('info', `the tree changed under the handler (${failure.reason}): trying again`);
    const contended = this.isContended(running);
    if (contended) for (const { path } of entries) this.contended.add(path);
    const changed = contended || failure.again === true ? entries : this.backlog.touched(entries);
    const waiting = changed.length > 0 ? changed : entries;
    this.troubles.disturbed(waiting, now);
    const held = new Set(waiting);
    this.backlog.kept(
      entries.filter((entry) => !held.has(entry)),
      now,
    );
  }

  private watchDestination(failures: readonly Failure[]): void {
    const destination = ifLocal(this.settings().destination);
    if (destination !== undefined && failures.length > 0)
      this.destination.begin(
        destination,
        failures.some(({ full }) => full === true),
      );
  }

  private isContended(running: Running): boolean {
    return running.shared && this.mode.carriesDirectories === true;
  }

  /**
   * The initial sync, and everything if the daemon is to end when it is done, is tried as often as
   * the C program would.
   */
  private endsByItself(): boolean {
    const { exitOnNoEvents, onlyInitialSync, maxIterations } = this.settings();
    return this.phase !== 'running' || exitOnNoEvents || onlyInitialSync || maxIterations > 0;
  }

  /**
   * Of two syncs at once, the one that began earlier may have ended later and set a directory's old
   * times: they are set again.
   */
  private directoriesAgain(directories: Iterable<BytePath>): void {
    const mask = (IN.ATTRIB | IN.ISDIR) >>> 0;
    for (const path of directories) {
      this.backlog.add(
        {
          path,
          mask,
          before: ObjectType.directory,
          after: ObjectType.directory,
          flags: 0,
          since: JUST_NOW,
        },
        this.now(),
      );
    }
  }

  /** Whether what the handler had in hand changed under it. */
  private async isChanging(entries: readonly Entry[]): Promise<boolean> {
    await this.around.quiet();
    return this.backlog.touched(entries).length > 0;
  }

  /** The handler as a whole. */
  private failed({ failure, verdict }: Trouble, paths: number): void {
    const { report, status, over } = this.around;
    const settings = this.settings();
    for (const line of failure.complaints ?? []) report('error', line);
    report('error', `the sync of ${paths} path${paths === 1 ? '' : 's'} failed: ${failure.reason}`);
    const hint = failure.hint ?? (failure.denied ? settings.permissionHint : undefined);
    if (hint !== undefined) report('error', hint);
    if (isCrash(failure.exit) && settings.crashHint !== undefined)
      report('error', settings.crashHint);
    this.around.failed(paths, failure.reason);
    if (verdict === 'fatal') return over(failure.exit, failure.reason);
    const unreachable = isOutage(failure) && ifLocal(settings.destination) === undefined;
    const delay = this.retry.failed(settings, unreachable ? { longest: LONGEST_UNREACHABLE } : {});
    this.watchDestination([failure]);
    status('synchandler error');
    report('info', `trying again in ${(delay / 1000).toFixed(1)} s`);
    this.pause.begin(this.now(), delay, delayAfterChange(settings));
    this.wake();
  }

  /** Something that was not synced has not been synced since. */
  private isFailing(): boolean {
    return (
      this.backlog.held.size > 0 ||
      [...this.running].some(({ entries }) => this.troubles.concern(entries))
    );
  }

  private initialIsDone(): void {
    this.phase = 'running';
    this.around.status('running');
  }

  /** After a sync that ended well. */
  private async goOn(): Promise<void> {
    const { onlyInitialSync, maxIterations, exitOnNoEvents } = this.settings();
    if (this.phase !== 'running') return this.wake();
    const isEnough = onlyInitialSync || (maxIterations > 0 && this.iterations >= maxIterations);
    if (isEnough && !this.isFailing()) return this.around.over(0, '');
    if (exitOnNoEvents && this.running.size === 0) {
      await this.around.quiet();
      if (this.backlog.size === 0) return this.around.over(0, '');
    }
    this.wake();
  }
}

/** It tells against the handler as a whole. */
function isBroken({ apart, verdict }: Trouble): boolean {
  return !apart && verdict !== 'disturbed';
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function countOfNewDirectories(entries: readonly Entry[]): number {
  const made = (IN.CREATE | IN.ISDIR) >>> 0;
  return entries.filter(
    ({ mask, flags }) => (mask & made) >>> 0 === made && (flags & EntryFlag.initial) === 0,
  ).length;
}
