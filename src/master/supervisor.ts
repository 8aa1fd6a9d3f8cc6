/**
 * Keeps one crew running: starts it, hands orders on, starts a new one when a role dies, ends it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { Backoff } from '../shared/backoff.js';
import { monotonic } from '../shared/clock.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH, HELD } from '../shared/messages.js';
import type { Finish, Payload } from '../shared/messages.js';
import { isOver } from '../shared/process-state.js';
import { LEVELS } from '../shared/report.js';
import { endsByItself } from '../shared/settings.js';
import type { ExecutorSettings, WatcherSettings } from '../shared/settings.js';
import type { Ground } from './ground/ground.js';
import { Obstacle } from './ground/obstacle.js';
import { Crew, PATIENCE } from './crew.js';
import type { CrewEnd, RoleSettings, Urgency } from './crew.js';
import type { Tell } from './ledger.js';
import { LeftBehind, waitingUnder } from './left-behind.js';
import type { LeftProcess } from './left-behind.js';
import type { Monitor } from './monitor/monitor.js';
import type { Order } from './questions.js';
import { Quota } from './quota.js';
import type { Sandbox } from './sandbox/decision.js';
import { CREW } from './sandbox/roles.js';

/** The exit status of the daemon, and the message for the user when it is not 0. */
export interface DaemonEnd {
  readonly exit: number;
  readonly text: string;
}

/**
 * Milliseconds until a crew is started again: doubles with each death up to `longest`, and starts
 * again at `first` after a crew that ran for `calm`.
 */
const BACK_OFF = { first: 100, longest: 30_000, calm: 60_000 } as const;
/**
 * The longest pause, in milliseconds, when the ground was lost: syncing goes on soon after a
 * directory is back.
 */
const CHANGE_LIMIT = 1000;
/**
 * Milliseconds the executor has to end after the order to end now, unless it runs the exit hook; and
 * how many times as long it has to begin with that.
 */
const NOW_LIMIT = 550;
const UNTIL_HOOK = 20;

/** What an earlier run has left. */
export interface Recalled {
  /** Why it doubted the source. */
  readonly doubt: string | undefined;
  readonly isPaused: boolean;
}

export class Supervisor {
  private crew: Crew | undefined;
  private settings: RoleSettings;
  /** What the executor of the next crew is to know of deletions. */
  private known: Pick<ExecutorSettings, 'doubt' | 'deletionsApproved' | 'startedAgain'> = {};
  private readonly hasState: boolean;
  private isPaused: boolean;
  private ending: Finish | undefined;
  /**
   * Whether the tree has ever been watched. A role that dies before that is an error of the start;
   * one that dies later is started again.
   */
  private started = false;
  private confined = false;
  /** The crew was lost: another one is to be started. */
  private goesOn = false;
  /** Those that the monitor knows. */
  private owners: string;
  /** Processes of which it was told that they are left to the kernel. */
  private readonly left = new Set<number>();
  private readonly behind = new LeftBehind(() => waitingUnder(this.monitor.pid));
  private readonly stopRequest = new AbortController();
  private readonly quotas = new Map(
    CREW.map((member) => [
      member,
      new Quota(member.name, (level, text) => this.tell({ kind: 'record', level, text })),
    ]),
  );

  constructor(
    private readonly sandbox: Sandbox,
    private readonly monitor: Monitor,
    settings: RoleSettings,
    private readonly ground: Ground,
    private readonly tell: Tell,
    /** Takes this process's rights. Throws ClsyncError. */
    private readonly confine: () => void,
    /** What the executor holds, or held when it ended; undefined: nothing. */
    private readonly held: () => Payload<'held'> | undefined,
    /** What an earlier run has left to be known; undefined: nothing is kept for a later one. */
    recalled: Recalled | undefined,
  ) {
    this.settings = settings;
    // What an earlier run has left may be told apart from what is there, and was there at the start.
    this.owners = recalled === undefined ? ground.owners : '';
    this.hasState = recalled !== undefined;
    this.isPaused = recalled?.isPaused === true;
    if (this.isPaused) tell({ kind: 'paused', isPaused: true });
    if (recalled?.doubt !== undefined) this.known = { doubt: recalled.doubt };
  }

  /**
   * Resolves when the daemon is done and none of its processes is left but those that wait in the
   * kernel, which are named in the log.
   */
  async run(): Promise<DaemonEnd> {
    const end = await this.runCrews();
    const looks = this.monitor.leaveLooks();
    const areOver = (): boolean => looks.every(isOver);
    this.tellLeft(await this.behind.besides(areOver, () => PATIENCE[this.urgency]));
    this.behind.stop();
    return end;
  }

  /** Whether processes are left to the kernel. */
  get leaves(): boolean {
    return this.left.size > 0;
  }

  private tellLeft(left: readonly LeftProcess[]): void {
    for (const { pid, name, isExiting } of left.filter((one) => !this.left.has(one.pid))) {
      this.left.add(pid);
      if (isExiting) continue;
      this.tell({
        kind: 'record',
        level: 'warning',
        text: `left to the kernel: ${name} (process ${pid}) waits in it, and no signal ends that`,
      });
    }
  }

  private async runCrews(): Promise<DaemonEnd> {
    const backoff = new Backoff(BACK_OFF.first, BACK_OFF.longest, Infinity);
    for (;;) {
      if (this.ending !== undefined) return { exit: 0, text: '' };
      const since = monotonic();
      const end = await this.runCrew();
      const isOver = end.kind !== 'lost' || this.monitor.isOver;
      const isLeft = !this.started && !this.waitsAtStart(end);
      if (isOver || this.ending !== undefined || isLeft) return this.conclude(end);
      if (monotonic() - since > BACK_OFF.calm) backoff.reset();
      await this.rest(end.error, backoff.next(monotonic())).catch(() => undefined);
    }
  }

  /**
   * Whether the daemon waits, although the tree has never been watched: what is at the path of the
   * destination is not what an earlier run has filled.
   */
  private waitsAtStart(end: CrewEnd): boolean {
    const waits =
      end.kind === 'lost' &&
      end.error instanceof Obstacle &&
      end.error.code === 'DESTINATION_OTHER' &&
      !endsByItself(this.settings.executor);
    if (!waits || this.confined) return waits;
    this.confined = true;
    this.confine();
    return true;
  }

  /**
   * Waits `pause` milliseconds, and then until the ground is complete. Rejects when the daemon is
   * ordered to end.
   */
  private async rest(error: ClsyncError, pause: number): Promise<void> {
    const { signal } = this.stopRequest;
    if (!(error instanceof Obstacle))
      this.tell({ kind: 'restarting', reason: error.message, pause });
    await delay(error instanceof Obstacle ? Math.min(pause, CHANGE_LIMIT) : pause, undefined, {
      signal,
    });
    await this.ground.ready(signal);
  }

  /**
   * Ends the daemon. An order gentler than the one before is ignored; a second order to end now
   * kills the executors at once.
   */
  finish(how: Finish): void {
    if (this.ending !== undefined && how > this.ending) return;
    const again = this.ending === FINISH.now;
    this.ending = how;
    if (how === FINISH.now) this.behind.begin();
    this.stopRequest.abort();
    if (this.crew === undefined) return;
    if (again || !this.crew.watching) return this.crew.kill();
    this.crew.order('executor', 'finish', { how });
    if (how === FINISH.now) this.killLater(this.crew);
  }

  /** Sets the watcher's settings, for the running crew and later ones. */
  rules(watcher: WatcherSettings): void {
    this.settings = { ...this.settings, watcher };
    if (this.crew === undefined)
      this.tell({ kind: 'rulesDone' }); // the next crew starts with the new rules
    else this.crew.order('watcher', 'rules', { settings: watcher });
  }

  adjust(executor: ExecutorSettings): void {
    const { logLevel } = executor;
    const isOther = logLevel !== this.settings.executor.logLevel;
    const watcher = { ...this.settings.watcher, logLevel };
    this.settings = { ...this.settings, watcher, executor };
    if (isOther) this.crew?.order('watcher', 'verbosity', { level: LEVELS.indexOf(logLevel) });
    const settings = { ...executor, ...this.known, paused: this.isPaused };
    this.crew?.order('executor', 'adjust', { settings });
  }

  /** No handler is called until it is resumed. */
  pause(isPaused: boolean): void {
    if (isPaused !== this.isPaused) this.tell({ kind: 'paused', isPaused });
    this.isPaused = isPaused;
    this.adjust(this.settings.executor);
  }

  /** Walks what is at and beneath a path again, and syncs it. */
  resyncPath(path: BytePath): void {
    this.crew?.order('watcher', 'rescan', { path });
  }

  /** Gives an order to the executors. Returns whether there are any. */
  readonly ask: Order = (name, payload) => {
    this.crew?.order('executor', name, payload);
    return this.crew !== undefined;
  };

  /**
   * Walks the tree again and syncs all of it. If the daemon waits because another directory is at
   * the watch directory's path, this accepts that directory.
   */
  resync(): void {
    if (!this.accept()) this.crew?.order('watcher', 'rescan', { path: ROOT });
  }

  /**
   * Lets deletions go that are held. If the daemon waits because another directory is at a path,
   * this accepts that directory.
   */
  approve(): void {
    this.ground.forget();
    this.known = { ...this.known, doubt: undefined };
    if (!this.accept()) this.crew?.order('executor', 'approve', {});
  }

  /** Accepts what is at the paths, where nothing is synced for that; returns whether that is so. */
  private accept(): boolean {
    const { loss } = this.ground;
    if (loss === undefined && this.crew !== undefined) return false;
    this.ground.accept();
    this.ground.forget();
    this.monitor.accept();
    this.known = { startedAgain: this.started, deletionsApproved: true };
    if (loss !== undefined) this.crew?.lost(loss);
    return true;
  }

  /** What the next crew has to hold on with, as the one that has ended did. */
  private remember(loss: Obstacle | undefined): void {
    const held = this.held();
    const isLasting = held !== undefined && held.why !== HELD.missing;
    // Another source, or the same one that is back, is looked at anew.
    const isOfSource = loss !== undefined && this.ground.isOfSource(loss);
    if (isLasting && !isOfSource && this.known.deletionsApproved !== true)
      this.known = { ...this.known, doubt: held.reason };
    else if (isOfSource) this.known = { ...this.known, doubt: undefined };
  }

  describe(): void {
    this.crew?.order('watcher', 'describe', {});
    this.crew?.order('executor', 'describeQueues', {});
  }

  interrupt(): void {
    this.crew?.order('executor', 'interrupt', {});
  }

  /** Runs a crew until the end of any member. No member is left when it resolves. */
  private async runCrew(): Promise<CrewEnd> {
    const { ground } = this;
    try {
      this.takeGround();
      // The decisions of the start stay in force. The monitor opens again what is at the paths.
      const { sandbox, tell, monitor, quotas } = this;
      const settings = (): RoleSettings => ({
        ...this.settings,
        executor: {
          ...this.settings.executor,
          ...this.known,
          paused: this.isPaused,
          ...(this.hasState && { ground: ground.identities }),
          doubt: ground.doubt ?? this.known.doubt,
        },
      });
      this.crew = new Crew(sandbox, settings, tell, monitor, quotas, () => ground.loss);
      const { crew } = this;
      // Not while the roles load their modules, which takes both processors.
      void crew.complete.then(() => this.confineOnce(crew));
    } catch (error) {
      if (error instanceof ClsyncError) return { kind: 'lost', error };
      throw error;
    }
    const { crew } = this;
    const unguard = ground.guard((loss) => crew.lost(loss));
    const end = await crew.ended;
    unguard();
    this.goesOn = end.kind === 'lost';
    this.tellLeft(await crew.end(() => this.urgency, this.behind));
    for (const quota of this.quotas.values()) quota.close();
    if (crew.watching) this.hasStarted();
    this.remember(ground.loss);
    this.crew = undefined;
    // When the ground is lost no sync can succeed, so that is the reason for any other failure.
    const failed = end.kind !== 'finished' || end.exit !== 0;
    const { loss } = ground;
    return failed && loss !== undefined ? { kind: 'lost', error: loss } : end;
  }

  /**
   * The monitor knows the owners of the first directories. Another owner of the same directory it is
   * told to accept: the mirror follows the source, whose owner may have been changed.
   */
  private takeGround(): void {
    const { ground } = this;
    ground.take();
    if (ground.owners === this.owners) return;
    this.monitor.accept();
    // What was accepted is what was taken.
    ground.take();
    this.owners = ground.owners;
  }

  private get urgency(): Urgency {
    if (this.ending !== undefined) return this.ending === FINISH.now ? 'now' : 'ending';
    return this.goesOn ? 'restarting' : 'ending';
  }

  /** Once the roles have been started for the first time. */
  private confineOnce(crew: Crew): void {
    if (this.confined) return;
    this.confined = true;
    try {
      this.confine();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      crew.lost(error);
    }
  }

  /**
   * Called once the tree is watched. From now on a role that dies is started again, with a full
   * walk and sync, whatever the options skip at first: changes made meanwhile would be missed
   * otherwise.
   */
  private hasStarted(): void {
    this.started = true;
    this.known = { doubt: this.known.doubt, startedAgain: true };
    const { watcher, executor } = this.settings;
    this.settings = {
      watcher: { ...watcher, skipInitial: false },
      executor: { ...executor, skipInitialSync: false },
    };
  }

  private killLater(crew: Crew): void {
    let left = this.settings.executor.exitHook === undefined ? 1 : UNTIL_HOOK;
    const timer = setInterval(() => {
      if (--left <= 0 && !crew.inHook) crew.kill();
    }, NOW_LIMIT);
    void crew.ended.then(() => clearInterval(timer));
  }

  /** The daemon's end, from the end of its last crew. */
  private conclude(end: CrewEnd): DaemonEnd {
    if (end.kind === 'finished')
      return { exit: end.exit, text: end.text === '' ? '' : `giving up: ${end.text}` };
    if (this.ending !== undefined) return { exit: 0, text: '' };
    if (this.monitor.isOver && end.kind === 'lost') {
      const { exit, message } = new ClsyncError('MONITOR_DIED');
      return { exit, text: message };
    }
    return { exit: end.kind === 'failed' ? end.exit : end.error.exit, text: end.error.message };
  }
}
