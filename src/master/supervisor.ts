/**
 * Keeps one pair of roles running: starts it, hands orders on, starts a new one when either role
 * dies, ends it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../shared/bytes.js';
import { Backoff } from '../shared/backoff.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import type { Finish } from '../shared/messages.js';
import type { ExecutorSettings, WatcherSettings } from '../shared/settings.js';
import type { Ground } from './ground/ground.js';
import { Obstacle } from './ground/place.js';
import { Pair } from './pair.js';
import type { PairEnd, PairEvents } from './pair.js';
import type { Sandbox } from './sandbox/launch.js';

export interface RoleSettings {
  readonly watcher: WatcherSettings;
  readonly executor: ExecutorSettings;
}

/** The exit status of the daemon, and what to tell the user if it is not 0. */
export interface DaemonEnd {
  readonly exit: number;
  readonly text: string;
}

/**
 * Milliseconds before a pair is started again; doubles with each death up to the longest, and
 * starts over after a calm time.
 */
const BACK_OFF = { first: 100, longest: 30_000, calm: 60_000 } as const;
/**
 * The longest pause, in milliseconds, when the directories it works on were the reason: they are
 * taken as they come.
 */
const CHANGE_LIMIT = 1000;
/**
 * Milliseconds the executor has to end when it is told to end now, unless it runs the exit hook.
 */
const NOW_LIMIT = 700;

export class Supervisor {
  private pair: Pair | undefined;
  private settings: RoleSettings;
  private ending: Finish | undefined;
  /**
   * Whether the tree has ever been watched: a role that dies before is an error of the start, not a
   * mishap.
   */
  private started = false;
  private readonly stopRequest = new AbortController();

  constructor(
    private readonly sandbox: Sandbox,
    settings: RoleSettings,
    private readonly ground: Ground,
    private readonly events: PairEvents,
  ) {
    this.settings = settings;
  }

  /** Resolves when the daemon has nothing more to do and none of its roles is left. */
  async run(): Promise<DaemonEnd> {
    const backoff = new Backoff(BACK_OFF.first, BACK_OFF.longest, Infinity);
    for (;;) {
      const since = Date.now();
      const end = await this.runPair();
      if (end.kind !== 'lost' || this.ending !== undefined || !this.started)
        return this.conclude(end);
      if (Date.now() - since > BACK_OFF.calm) backoff.reset();
      await this.rest(end.error, backoff.next(Date.now())).catch(() => undefined);
      if (this.ending !== undefined) return { exit: 0, text: '' };
    }
  }

  /**
   * Before the next pair: for `pause` milliseconds, and as long as there is not everything it works
   * on. Rejects when there is to be none.
   */
  private async rest(error: ClsyncError, pause: number): Promise<void> {
    const { signal } = this.stopRequest;
    if (!(error instanceof Obstacle))
      this.events.record('warning', `${error.message}; starting again in ${pause / 1000} s`);
    await delay(error instanceof Obstacle ? Math.min(pause, CHANGE_LIMIT) : pause, undefined, {
      signal,
    });
    await this.ground.ready(signal);
  }

  /**
   * A gentler order than the one given before changes nothing; a second one to end now does not
   * wait for anything.
   */
  finish(how: Finish): void {
    if (this.ending !== undefined && how > this.ending) return;
    const again = this.ending === FINISH.now;
    this.ending = how;
    this.stopRequest.abort();
    if (this.pair === undefined) return;
    if (again || !this.pair.watching) return this.pair.kill();
    this.pair.order('executor', 'finish', { how });
    if (how === FINISH.now) this.killLater(this.pair);
  }

  /** Settings for the roles that run and for those to come. */
  rules(watcher: WatcherSettings): void {
    this.settings = { ...this.settings, watcher };
    if (this.pair === undefined)
      this.events.rulesDone(); // the next ones begin with them
    else this.pair.order('watcher', 'rules', { settings: watcher });
  }

  adjust(executor: ExecutorSettings): void {
    this.settings = { ...this.settings, executor };
    this.pair?.order('executor', 'adjust', { settings: executor });
  }

  /**
   * Walks the tree again and syncs it whole; where that waits for another directory, the one that
   * is there now is the right one.
   */
  resync(): void {
    const { loss } = this.ground;
    if (loss === undefined && this.pair !== undefined)
      return this.pair.order('watcher', 'rescan', { path: ROOT });
    this.ground.accept();
    if (loss !== undefined) this.pair?.lost(loss);
  }

  describe(): void {
    this.pair?.order('watcher', 'describe', {});
    this.pair?.order('executor', 'describeQueues', {});
  }

  interrupt(): void {
    this.pair?.order('executor', 'interrupt', {});
  }

  /** Until the end of either role; then neither is left. */
  private async runPair(): Promise<PairEnd> {
    const { ground } = this;
    try {
      ground.take();
      // What was decided at the start stays; the views are mounted anew, of what is at the paths
      // now, which may be on other disks.
      if (this.started) this.sandbox.cgroup?.renew();
      this.pair = new Pair(this.sandbox, this.settings, this.events, () => ground.loss);
    } catch (error) {
      if (error instanceof ClsyncError) return { kind: 'lost', error };
      throw error;
    }
    const { pair } = this;
    const unguard = ground.guard((loss) => pair.lost(loss));
    const end = await pair.ended;
    unguard();
    await pair.end();
    if (pair.watching) this.hasStarted();
    this.pair = undefined;
    // Without it no sync can go well, so it is the reason for whatever else went wrong.
    const failed = end.kind !== 'finished' || end.exit !== 0;
    const { loss } = ground;
    return failed && loss !== undefined ? { kind: 'lost', error: loss } : end;
  }

  /**
   * From now on a role that dies is started again; what happened meanwhile is found by a full walk
   * and sync, whatever was to be skipped at first.
   */
  private hasStarted(): void {
    this.started = true;
    const { watcher, executor } = this.settings;
    this.settings = {
      watcher: { ...watcher, skipInitial: false },
      executor: { ...executor, skipInitialSync: false },
    };
  }

  private killLater(pair: Pair): void {
    const timer = setInterval(() => {
      if (pair.status !== 'exiting' && pair.status !== 'preexit') pair.kill();
    }, NOW_LIMIT);
    void pair.ended.then(() => clearInterval(timer));
  }

  /** What the end of the last pair means for the daemon. */
  private conclude(end: PairEnd): DaemonEnd {
    if (end.kind === 'finished')
      return { exit: end.exit, text: end.text === '' ? '' : `giving up: ${end.text}` };
    if (this.ending !== undefined) return { exit: 0, text: '' };
    return { exit: end.kind === 'failed' ? end.exit : end.error.exit, text: end.error.message };
  }
}
