/** Keeps one crew running: starts it, hands orders on, starts another if a role dies, ends it. */
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../shared/bytes.js';
import { Backoff } from '../shared/backoff.js';
import { monotonic } from '../shared/clock.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import type { Finish, MessageName, Payload } from '../shared/messages.js';
import { isOver } from '../shared/process-state.js';
import { LEVELS } from '../shared/report.js';
import { endsByItself } from '../shared/settings.js';
import type { ExecutorSettings, WatcherSettings } from '../shared/settings.js';
import type { Ground } from './ground/ground.js';
import { Obstacle } from './ground/obstacle.js';
import { Crew, PATIENCE } from './crew.js';
import type { CrewEnd, RoleSettings, Urgency } from './crew.js';
import { endOf } from './daemon-end.js';
import type { DaemonEnd } from './daemon-end.js';
import type { Tell } from './ledger.js';
import { KnownOwners } from './known-owners.js';
import { KnownToNext } from './known-to-next.js';
import type { Recalled } from './known-to-next.js';
import { LeftBehind, LeftTold, waitingUnder } from './left-behind.js';
import type { Monitor } from './monitor/monitor.js';
import { quotasOf } from './quota.js';
import type { Quota } from './quota.js';
import { membersOf } from './sandbox/decision.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Member, SandboxedRole } from './sandbox/roles.js';

/**
 * Milliseconds until a crew is started again: doubles with each death up to `longest`, and starts
 * again at `first` after a crew that ran for `calm`.
 */
const BACK_OFF = { first: 100, longest: 30_000, calm: 60_000 } as const;
/** The longest pause, in milliseconds, when the ground was lost: it may be back soon. */
const CHANGE_LIMIT = 1000;
export class Supervisor {
  private crew: Crew | undefined;
  private settings: RoleSettings;
  private readonly known = new KnownToNext();
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
  private readonly owners: KnownOwners;
  private readonly left: LeftTold;
  private readonly behind = new LeftBehind(() => waitingUnder(this.monitor.pid));
  private readonly stopRequest = new AbortController();
  private readonly quotas: ReadonlyMap<Member, Quota>;

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
    this.quotas = quotasOf(membersOf(sandbox), (level, text) =>
      tell({ kind: 'record', level, text }),
    );
    this.left = new LeftTold((text) => tell({ kind: 'record', level: 'warning', text }));
    // What an earlier run has left may be told apart from what is there, and was there at the
    // start.
    this.owners = new KnownOwners(recalled === undefined ? ground.owners : '');
    this.hasState = recalled !== undefined;
    this.isPaused = recalled?.isPaused === true;
    if (this.isPaused) tell({ kind: 'paused', isPaused: true });
    this.known.recall(recalled?.doubt);
  }

  /**
   * Resolves when the daemon is done and none of its processes is left but those that wait in the
   * kernel, which are named in the log.
   */
  async run(): Promise<DaemonEnd> {
    const end = await this.runCrews();
    const looks = this.monitor.leaveLooks();
    const areOver = (): boolean => looks.every(isOver);
    this.left.tell(await this.behind.besides(areOver, () => PATIENCE[this.urgency]));
    this.behind.stop();
    return end;
  }

  /** Whether processes are left to the kernel. */
  get leaves(): boolean {
    return this.left.any;
  }

  private async runCrews(): Promise<DaemonEnd> {
    const backoff = new Backoff(BACK_OFF.first, BACK_OFF.longest, Infinity);
    for (;;) {
      if (this.ending !== undefined) return { exit: 0, text: '' };
      const since = monotonic();
      const end = await this.runCrew();
      const isOver = end.kind !== 'lost' || this.monitor.isOver;
      const isLeft = !this.started && !this.waitsAtStart(end);
      if (isOver || this.ending !== undefined || isLeft)
        return endOf(end, this.ending !== undefined, this.monitor.isOver);
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
    if (!(error instanceof Obstacle)) this.tell({ kind: 'restarting', reason: error.what, pause });
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
    if (how === FINISH.now) this.crew.killLater(this.settings.executor.exitHook !== undefined);
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
    const settings = { ...executor, ...this.known.now, paused: this.isPaused };
    this.crew?.order('executor', 'adjust', { settings });
  }

  /** No handler is called until it is resumed. */
  pause(isPaused: boolean): void {
    if (isPaused !== this.isPaused) this.tell({ kind: 'paused', isPaused });
    this.isPaused = isPaused;
    this.adjust(this.settings.executor);
  }

  /** Gives an order to those of this role. Returns who that is. */
  order<N extends MessageName>(role: SandboxedRole, name: N, payload: Payload<N>): Member[] {
    return this.crew?.order(role, name, payload) ?? [];
  }

  /**
   * Walks the tree again and syncs all of it. If the daemon waits because another directory is at
   * the watch directory's path, this accepts that directory.
   */
  resync(): void {
    if (!this.accept()) this.crew?.order('watcher', 'rescan', { path: ROOT });
  }

  /**
   * Lets deletions go that are held. If the daemon waits because another directory is at a path,
   * this accepts that directory. Returns whether anything waited for it besides held deletions.
   */
  approve(): boolean {
    const held = this.ground.loss ?? this.ground.doubt ?? this.known.now.doubt;
    this.ground.forget();
    this.known.noDoubt();
    if (!this.accept()) this.crew?.order('executor', 'approve', {});
    return held !== undefined;
  }

  /** Accepts what is at the paths, where nothing is synced for that; returns whether that is so. */
  private accept(): boolean {
    const { loss } = this.ground;
    if (loss === undefined && this.crew !== undefined) return false;
    this.ground.accept();
    this.ground.forget();
    this.monitor.accept();
    this.known.accepted(this.started);
    if (loss !== undefined) this.crew?.lost(loss);
    return true;
  }

  /** Runs a crew until the end of any member. No member is left when it resolves. */
  private async runCrew(): Promise<CrewEnd> {
    const { ground } = this;
    try {
      this.owners.take(ground, this.monitor);
      // The decisions of the start stay in force. The monitor opens again what is at the paths.
      const { sandbox, tell, monitor, quotas } = this;
      const settings = (): RoleSettings => ({
        ...this.settings,
        executor: {
          ...this.settings.executor,
          ...this.known.now,
          paused: this.isPaused,
          ...(this.hasState && { ground: ground.identities }),
          doubt: ground.doubt ?? this.known.now.doubt,
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
    this.left.tell(await crew.end(() => this.urgency, this.behind));
    for (const quota of this.quotas.values()) quota.close();
    if (crew.watching) this.hasStarted();
    const { loss } = ground;
    this.known.remember(this.held(), loss !== undefined && ground.isOfSource(loss));
    this.crew = undefined;
    // When the ground is lost no sync can succeed, so that is the reason for any other failure.
    const failed = end.kind !== 'finished' || end.exit !== 0;
    return failed && loss !== undefined ? { kind: 'lost', error: loss } : end;
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
    this.known.startsAgain();
    const { watcher, executor } = this.settings;
    this.settings = {
      watcher: { ...watcher, skipInitial: false },
      executor: { ...executor, skipInitialSync: false },
    };
  }
}
