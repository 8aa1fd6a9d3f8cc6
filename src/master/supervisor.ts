/** Keeps one crew running: starts it, hands orders on, starts another if a role dies, ends it. */
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../shared/bytes.js';
import { Backoff } from '../shared/backoff.js';
import { monotonic } from '../shared/clock.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import type { Finish, MessageName, Payload } from '../shared/messages.js';
import { isOver } from '../shared/process-state.js';
import type { WatcherSettings } from '../shared/settings.js';
import { Away } from './away.js';
import type { Ground } from './ground/ground.js';
import type { Grounds } from './ground/grounds.js';
import { Obstacle } from './ground/obstacle.js';
import { CrewSettings } from './crew-settings.js';
import { Crew } from './crew.js';
import { BACK_OFF, CHANGE_LIMIT, PATIENCE } from './crew-terms.js';
import type { CrewEnd, RoleSettings, Urgency } from './crew-terms.js';
import { endOf } from './daemon-end.js';
import type { DaemonEnd } from './daemon-end.js';
import type { Tell } from './ledger.js';
import { Footing } from './footing.js';
import { LeftBehind, LeftTold, waitingUnder } from './left-behind.js';
import type { Monitor } from './monitor/monitor.js';
import { quotasOf } from './quota.js';
import type { Quota } from './quota.js';
import type { Recalled } from './recall.js';
import { membersOf } from './sandbox/decision.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Member, SandboxedRole } from './sandbox/roles.js';

export class Supervisor {
  private crew: Crew | undefined;
  private readonly settings: CrewSettings;
  /** How it was ordered to end. */
  ending: Finish | undefined;
  /**
   * Whether the tree has ever been watched. A role that dies before that is an error of the start;
   * one that dies later is started again.
   */
  private started = false;
  private confined = false;
  /** The crew was lost: another one is to be started. */
  private goesOn = false;
  private readonly footing: Footing;
  private readonly away: Away;
  private readonly left: LeftTold;
  private readonly behind = new LeftBehind(() => waitingUnder(this.monitor.pid));
  private readonly stopRequest = new AbortController();
  private readonly quotas: ReadonlyMap<Member, Quota>;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly monitor: Monitor,
    settings: RoleSettings,
    private readonly grounds: Grounds,
    private readonly tell: Tell,
    /** Takes this process's rights. Throws ClsyncError. */
    private readonly confine: () => void,
    /** What the executor holds, or held when it ended; undefined: nothing. */
    held: (member: Member) => Payload<'held'> | undefined,
    /** What an earlier run has left to be known; undefined: nothing is kept for a later one. */
    recalled: Recalled | undefined,
  ) {
    this.settings = new CrewSettings(settings, grounds, recalled, held);
    this.quotas = quotasOf(membersOf(sandbox), (level, text) =>
      tell({ kind: 'record', level, text }),
    );
    this.left = new LeftTold((text) => tell({ kind: 'record', level: 'warning', text }));
    this.footing = new Footing(grounds, monitor, this.executors, recalled === undefined);
    this.away = new Away(grounds, tell, (member) => this.join(member));
    if (this.settings.isPaused) tell({ kind: 'paused', isPaused: true });
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
      !this.settings.endsByItself;
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
    this.away.stop();
    if (this.crew === undefined) return;
    const { hurry } = this.crew;
    if (again || !this.crew.watching) return hurry.kill();
    this.crew.finish(how);
    if (how === FINISH.now) hurry.killLater(this.settings);
  }

  /** Sets the watcher's settings, for the running crew and later ones. */
  rules(watcher: WatcherSettings): void {
    this.settings.setWatcher(watcher);
    if (this.crew === undefined)
      this.tell({ kind: 'rulesDone' }); // the next crew starts with the new rules
    else this.crew.order('watcher', 'rules', { settings: watcher });
  }

  adjust(executors: RoleSettings['executors']): void {
    const level = this.settings.setExecutors(executors);
    if (level !== undefined) this.crew?.order('watcher', 'verbosity', { level });
    this.crew?.adjust();
  }

  /** No handler is called until it is resumed. */
  pause(isPaused: boolean): void {
    if (this.settings.pause(isPaused)) this.tell({ kind: 'paused', isPaused });
    this.crew?.adjust();
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
    this.away.accept();
    if (!this.accept()) this.crew?.order('watcher', 'rescan', { path: ROOT });
  }

  /**
   * Lets deletions go that are held. If the daemon waits because another directory is at a path,
   * this accepts that directory. Returns whether anything waited for it besides held deletions.
   */
  approve(): boolean {
    const { known } = this.settings;
    const held = this.ground.loss ?? known.doubt(this.ground);
    known.each((one) => one.forget());
    const isApart = this.away.accept();
    if (!this.accept()) this.crew?.order('executor', 'approve', {});
    return held !== undefined || isApart;
  }

  /** Accepts what is at the paths, where nothing is synced for that; returns whether that is so. */
  private accept(): boolean {
    const { loss } = this.ground;
    if (loss === undefined && this.crew !== undefined) return false;
    this.ground.accept();
    this.monitor.accept();
    this.settings.known.each((one) => one.accepted(this.started));
    if (loss !== undefined) this.crew?.lost(loss);
    return true;
  }

  /** Runs a crew until its end. No member is left when it resolves. */
  private async runCrew(): Promise<CrewEnd> {
    const { ground } = this;
    let crew: Crew;
    try {
      const absent = this.footing.take(!this.started, this.settings.endsByItself);
      const members = membersOf(this.sandbox).filter((member) => !absent.has(member));
      // The decisions of the start stay in force. The monitor opens again what is at the paths.
      const { sandbox, tell, monitor, quotas } = this;
      const events = {
        loss: () => ground.loss,
        left: (member: Member, error: ClsyncError) => this.hasLeft(member, error),
      };
      crew = new Crew(sandbox, () => this.settings.now, tell, monitor, quotas, events, members);
      this.crew = crew;
      // Not while the roles load their modules, which takes both processors.
      void crew.complete.then(() => this.confineOnce(crew));
      for (const [member, error] of absent) this.away.left(member, error);
    } catch (error) {
      if (error instanceof ClsyncError) return { kind: 'lost', error };
      throw error;
    }
    const unguard = this.footing.guard(crew);
    const end = await crew.ended;
    unguard();
    this.away.stop();
    this.goesOn = end.kind === 'lost';
    this.left.tell(await crew.end(() => this.urgency, this.behind));
    for (const quota of this.quotas.values()) quota.close();
    if (crew.watching) this.hasStarted();
    const { loss } = ground;
    const isOfSource = loss !== undefined && ground.isOfSource(loss);
    this.settings.ended(this.executors, isOfSource);
    this.crew = undefined;
    // When the ground is lost no sync can succeed, so that is the reason for any other failure.
    const failed = end.kind !== 'finished' || end.exit !== 0;
    return failed && loss !== undefined ? { kind: 'lost', error: loss } : end;
  }

  private get ground(): Ground {
    return this.grounds.shared;
  }

  private get executors(): readonly Member[] {
    return membersOf(this.sandbox).filter(({ role }) => role === 'executor');
  }

  private hasLeft(member: Member, error: ClsyncError): void {
    this.settings.left(member);
    this.away.left(member, error);
  }

  /** Throws ClsyncError. */
  private join(member: Member): void {
    this.footing.takeFor(member);
    this.crew?.join(member);
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
    this.settings.startsAgain();
  }
}
