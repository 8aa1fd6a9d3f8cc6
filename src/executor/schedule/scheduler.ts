/** Decides when to sync which entries, in how many syncs, when to try again, and when to end. */
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import type { Entry } from '../../shared/entry.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { ExecutorSettings, DaemonStatus } from '../../shared/settings.js';
import type { Backlog } from './backlog.js';
import type { Failure } from '../modes/failure.js';
import type { Mode, Situation } from '../modes/mode.js';
import type { SchedulerContext } from './context.js';
import { Execution, isBroken } from './execution.js';
import type { Phase } from './execution.js';
import { Gathering } from './gathering.js';
import { Iterations } from './iterations.js';
import { lastSyncs } from './last-syncs.js';
import { inWords } from './naming.js';
import { Overtaking, PATIENCE } from './overtaking.js';
import { Pace } from './pace.js';
import { Recovery } from './recovery.js';
import { RunningSyncs } from './running.js';
import type { Trouble } from './sync.js';

/** Milliseconds between two checks for the standby file. */
const STANDBY = 1000;

export class Scheduler {
  /** What is due does not wait for the tree to come to rest. */
  isUrgent = false;
  private readonly running: RunningSyncs;
  private readonly recovery: Recovery;
  private readonly iterations: Iterations;
  private readonly gathering: Gathering;
  private readonly overtaking: Overtaking;
  private readonly pace: Pace;
  private readonly execution: Execution;
  private phase: Phase = 'walking';
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;
  private idle: (() => void) | undefined;

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    mode: Mode,
    private readonly around: SchedulerContext,
    private readonly now: () => number = monotonic,
  ) {
    this.running = new RunningSyncs(settings, mode, now);
    this.pace = new Pace(mode.startsNone);
    this.iterations = new Iterations(this.isSequence);
    const isLocked = (entry: Entry): boolean => this.running.isLocked(entry);
    const then = {
      begin: (entries: readonly Entry[], since: number) => void this.start(entries, since),
      over: () => this.wake(),
    };
    this.gathering = new Gathering(mode, backlog, isLocked, then, now);
    this.overtaking = new Overtaking(settings, backlog, mode, this.running, this.gathering);
    this.recovery = new Recovery(settings, backlog, mode, around, now, () => this.wake());
    this.execution = new Execution(
      settings,
      backlog,
      mode,
      around,
      {
        running: this.running,
        recovery: this.recovery,
        iterations: this.iterations,
        pace: this.pace,
      },
      () => this.phase,
      now,
    );
  }

  get initialDone(): boolean {
    return this.phase === 'running' || this.phase === 'over';
  }

  /** Whether no further sync may begin before one ends. */
  get isBusy(): boolean {
    return this.gathering.isUnderWay || this.running.isBusy(this.phase === 'initial');
  }

  /** To be called when what the initial walk found is there. @param isSynced in an initial sync */
  walked(isSynced = true): void {
    this.phase = 'initial';
    if (this.backlog.hasInitial) {
      this.around.status('initsync');
      return this.wake();
    }
    this.initialIsDone(isSynced);
    void this.goOn();
  }

  /** To be called when something was added to the backlog. */
  added(): void {
    this.recovery.changed();
    this.wake();
  }

  /** Tries entries that wait after a failure at once. */
  tryNow(): void {
    this.recovery.tryNow();
    this.wake();
  }

  /**
   * Begins a sync if entries are due. To be called after entries were added, after settings
   * changed, and when a wait is over.
   */
  wake(): void {
    clearTimeout(this.timer);
    if (this.settings().paused === true) return this.pause();
    if (this.phase === 'running' && this.isBusy) return this.beside();
    if (!this.mayBegin) return;
    if (this.settings().standbyFile === undefined) this.begin();
    else if (!this.isAsking) void this.beginUnlessStandby();
  }

  private pause(): void {
    if (this.mayBegin && this.running.size === 0) this.around.status('hold on');
  }

  /** After a pause. */
  resume(): void {
    if (this.phase === 'running') this.around.status('running');
    this.wake();
  }

  /** Why the handler as a whole failed, while it waits for another try. */
  get failure(): string | undefined {
    return this.recovery.end > this.now() ? this.recovery.reason : undefined;
  }

  /** How often a path has failed since it was synced. */
  triesOf(path: BytePath): number {
    return this.recovery.triesOf(path);
  }

  private get mayBegin(): boolean {
    return (this.phase === 'initial' || this.phase === 'running') && !this.isBusy;
  }

  private async beginUnlessStandby(): Promise<void> {
    this.isAsking = true;
    const isStandby = await this.around.isStandby();
    this.isAsking = false;
    if (!this.mayBegin) return;
    if (!isStandby) return this.begin();
    if (this.running.size === 0) this.around.status('hold on');
    this.wakeIn(STANDBY);
  }

  private begin(): void {
    const now = this.now();
    const due = this.backlog.nextDue();
    const isPaced = due !== undefined && !this.isUrgent && this.isPaced(now, due);
    const start = Math.max(this.recovery.end, isPaced ? this.pace.nextStart(now, due) : now);
    if (now < start) return this.delay(start - now);
    const entries = this.settings().exitOnNoEvents
      ? this.backlog.takeAll(now)
      : this.backlog.take(now, (entry) => this.running.isLocked(entry));
    if (entries.length > 0) this.begun(entries, now);
    else {
      const next = this.backlog.nextDue();
      if (next !== undefined) this.delay(next - now);
    }
  }

  private begun(entries: readonly Entry[], now: number): void {
    const first = entries.reduce((oldest, { since }) => Math.min(oldest, since), now);
    const rest = this.backlog.goesOn ? ', others in further portions' : '';
    this.around.report(
      'debug2',
      `syncing ${inWords(entries)}, due after ${((now - first) / 1000).toFixed(2)} s${rest}`,
    );
    this.gathering.gather(entries);
    // To look for what may overtake it, also if nothing comes: the credit may be spent.
    if (this.isBusy) this.wake();
  }

  private delay(milliseconds: number): void {
    const { size, failing } = this.backlog;
    const apart = failing === 0 ? '' : `, ${failing} of them after a failure`;
    this.around.report(
      'debug2',
      `delayed: ${size} paths wait${apart}, next look in ${(milliseconds / 1000).toFixed(2)} s`,
    );
    this.wakeIn(milliseconds);
  }

  /** Begins a sync beside one that takes long, if entries are due that may be in it. */
  private beside(): void {
    const now = this.now();
    const wait = this.overtaking.wait(now);
    if (wait === undefined || now < this.recovery.end) return;
    if (wait > 0) return this.wakeIn(wait);
    const entries = this.overtaking.take(now);
    if (entries.length > 0) {
      this.around.report('debug2', `syncing ${inWords(entries)} beside a sync that takes long`);
      return void this.start(entries);
    }
    this.around.wanting();
    this.wakeIn(PATIENCE);
  }

  /**
   * Whether `Pace` applies: not in a mode that syncs events one by one, not when the daemon ends
   * after its work, and only to entries that are due.
   */
  private isPaced(now: number, due: number): boolean {
    return (
      !this.isSequence && !this.settings().exitOnNoEvents && this.phase === 'running' && due <= now
    );
  }

  /** Begins no further sync; resolves when none runs. */
  async stop(): Promise<void> {
    this.phase = this.initialDone ? 'over' : 'walking';
    clearTimeout(this.timer);
    this.recovery.stop();
    if (this.gathering.isUnderWay) await this.gathering.ended();
    if (this.running.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** After `stop`: syncs all pending entries, with one try. Returns the first failure. */
  last(): Promise<Failure | undefined> {
    return lastSyncs(this.settings(), this.backlog, this.execution, this.around, this.now);
  }

  situation(status: DaemonStatus): Situation {
    return this.execution.situation(status);
  }

  private get isSequence(): boolean {
    return MODE_TRAITS[this.settings().mode].sequence;
  }

  private wakeIn(milliseconds: number): void {
    this.timer = setTimeout(() => this.wake(), Math.ceil(milliseconds));
  }

  private async start(entries: readonly Entry[], since?: number): Promise<void> {
    this.around.status(this.phase === 'initial' ? 'initsync' : 'running');
    const troubles = await this.execution.run(entries, since);
    this.around.settled();
    await this.ended(troubles, entries);
    this.around.ended?.();
  }

  private async ended(troubles: readonly Trouble[], entries: readonly Entry[]): Promise<void> {
    if (this.idle !== undefined) {
      if (this.running.size === 0) this.idle();
      return;
    }
    const broken = troubles.find(isBroken);
    if (broken !== undefined) return this.failed(broken, entries);
    this.recovery.notBroken(troubles, entries);
    if (this.phase === 'initial' && !this.backlog.hasInitial) this.initialIsDone();
    await this.goOn();
  }

  /** After a failure of the handler as a whole. @param entries those of the sync */
  private failed({ failure, verdict }: Trouble, entries: readonly Entry[]): void {
    if (verdict === 'fatal') {
      this.recovery.tell(failure, entries, undefined);
      return this.around.over(failure.exit, failure.reason);
    }
    this.recovery.tell(failure, entries, this.recovery.rest(failure));
    this.around.status('synchandler error');
    this.wake();
  }

  /** Whether a path that failed has not been synced since. */
  private isFailing(): boolean {
    return this.recovery.isUnder((concerned) => this.running.some(concerned));
  }

  private initialIsDone(isSynced = true): void {
    if (isSynced) this.execution.initialIsDone();
    this.phase = 'running';
    this.around.status('running');
  }

  /** After a successful sync: ends the daemon if its work is done, else looks for work. */
  private async goOn(): Promise<void> {
    const { onlyInitialSync, maxIterations, exitOnNoEvents } = this.settings();
    if (this.phase !== 'running') return this.wake();
    const isComplete = (this.backlog.settling?.initials ?? 0) === 0;
    const isEnough =
      (onlyInitialSync && isComplete) ||
      (maxIterations > 0 && this.iterations.ended >= maxIterations);
    if (isEnough && !this.isFailing()) return this.around.over(0, '');
    if (exitOnNoEvents && this.running.size === 0) {
      await this.around.quiet();
      if (this.backlog.size === 0) return this.around.over(0, '');
    }
    this.wake();
  }
}
