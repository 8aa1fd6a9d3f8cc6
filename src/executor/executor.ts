/**
 * Creates and connects the executor's parts: batches go into the backlog, the scheduler syncs them;
 * hands on what the master orders.
 */
import { join } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import { monotonic } from '../shared/clock.js';
import type { Batch, Entry } from '../shared/entry.js';
import { isShown } from '../shared/report.js';
import type { Report } from '../shared/report.js';
import type { ExecutorSettings, HandlerConfinement, DaemonStatus } from '../shared/settings.js';
import type { Comparisons } from './comparisons.js';
import { Remembered } from './deletions/remembered.js';
import { SecondThoughts } from './deletions/second-thoughts.js';
import type { Holding } from './deletions/holding.js';
import { Flushes } from './flushes.js';
import { Flow } from './intake/flow.js';
import { besideForeign } from './intake/foreign-mounts.js';
import { Intake } from './intake/intake.js';
import { OverlongDirectories } from './intake/overlong.js';
import { Recent } from './intake/recent.js';
import { RefusedPaths } from './intake/refused.js';
import { Source } from './intake/source.js';
import { ListFiles } from './lists/list-files.js';
import { namesOf, realTree } from './lists/tree.js';
import { createMode } from './modes/create.js';
import type { Mode, Services } from './modes/mode.js';
import { OrderlyEnd } from './orderly-end.js';
import {
  comparisonsOf,
  flushesOf,
  hooksOf,
  keptState,
  newsHooksOf,
  runnerOf,
  schedulerContext,
  secondThoughtsOf,
} from './connections.js';
import type { Core } from './connections.js';
import { Counts } from './reports/counts.js';
import { News } from './reports/news.js';
import { Progress } from './reports/progress.js';
import { StatusReport } from './reports/status.js';
import { NewsHooks } from './run/news-hooks.js';
import { Permitted } from './run/permitted.js';
import { Runner } from './run/runner.js';
import type { Backlog } from './schedule/backlog.js';
import { BigFiles } from './schedule/big-files.js';
import { AT_ONCE, createBacklog, delaysOf } from './schedule/create-backlog.js';
import { Scheduler } from './schedule/scheduler.js';
import { Turns } from './schedule/turns.js';
import type { State } from './state/state.js';
import { verify } from './verification.js';

export class Executor implements Core {
  readonly backlog: Backlog;
  readonly runner: Runner;
  readonly lists: ListFiles;
  readonly mode: Mode;
  readonly scheduler: Scheduler;
  readonly bigFiles: BigFiles;
  readonly flow: Flow;
  readonly state: State | undefined;
  readonly thoughts: SecondThoughts;
  readonly remembered: Remembered | undefined;
  readonly flushes: Flushes;
  readonly hooks: NewsHooks;
  readonly comparisons: Comparisons;
  readonly news: News;
  readonly counts: Counts;
  readonly status: StatusReport;
  readonly ending: OrderlyEnd;
  readonly report: Report;
  readonly recent = new Recent();
  readonly turns = new Turns((path) => this.recent.since(path) !== undefined);
  isInitialDone = false;
  readonly current = (): ExecutorSettings => this.settings;
  /**
   * Resolves when the status is published, before a program starts that might read it; undefined:
   * there is nothing to wait for.
   */
  readonly statusIsKnown = (): Promise<void> | undefined =>
    this.settings.awaitStatus ? this.status.arrived() : undefined;
  /** Called with the master's answer: whether the standby file is there. */
  standby: (isThere: boolean) => void = () => undefined;
  private isUrgent = false;
  private readonly source: Source;
  private endAhead: (() => Promise<void>) | undefined;

  constructor(
    private settings: ExecutorSettings,
    handlers: HandlerConfinement,
    readonly master: Channel,
    watcher: Channel,
    told: Report,
  ) {
    const { current } = this;
    const report: Report = (level, text, about) => {
      if (isShown(level, this.settings.logLevel)) told(level, text, about);
    };
    this.report = report;
    const tree = realTree(settings.watchDirectory);
    const overtakes = (): boolean => this.mode.overtakes === true;
    this.backlog = createBacklog({
      settings: current,
      tree,
      turns: this.turns,
      overtakes,
      report,
    });
    this.counts = new Counts(this.backlog, master);
    this.news = new News(master, this.backlog, report);
    this.status = new StatusReport((status) => master.send('status', { status }));
    this.lists = new ListFiles(settings);
    this.runner = runnerOf(this, handlers);
    const refused = new RefusedPaths(settings.leftOut);
    const overlong = new OverlongDirectories((directory) =>
      namesOf(join(settings.watchDirectory, directory)),
    );
    const progress = new Progress((done, total) => master.send('progress', { done, total }));
    const services: Services = {
      settings: current,
      runner: this.runner,
      handlers,
      tree,
      refused,
      // The watcher refuses what is mounted there.
      notEntered: () =>
        refused.all.size === 0
          ? overlong.all
          : new Set([...overlong.all, ...besideForeign(this.settings)]),
      recent: this.recent,
      lists: this.lists,
      report,
      pending: () => this.backlog.size,
      ending: () => this.ending.isHurried,
      progress: (done, total) => progress.tell(done, total),
      copied: this.news.figures.copied,
    };
    this.mode = createMode(services);
    if (settings.checkArguments)
      this.runner.restrict(new Permitted([...this.mode.commands(), ...hooksOf(settings)]));
    this.thoughts = secondThoughtsOf(this, services);
    this.remembered = settings.ground === undefined ? undefined : new Remembered(settings.ground);
    // It was said while this one was away.
    this.remembered?.pause(settings);
    this.source = new Source(settings.watchDirectory);
    this.scheduler = new Scheduler(
      current,
      this.backlog,
      this.mode,
      schedulerContext(this, this.source),
    );
    this.bigFiles = new BigFiles(this.backlog, () => delaysOf(this.settings), report);
    this.hooks = newsHooksOf(this);
    this.flushes = flushesOf(this);
    const intake = new Intake(refused, overlong, {
      find: (path) => this.backlog.find(path),
      add: (entry, now) => {
        this.counts.ask();
        this.backlog.add(entry, now);
        this.bigFiles.added(entry, now);
      },
    });
    this.state = keptState(this, (batch) => intake.accept(batch));
    this.flow = new Flow(
      watcher,
      (batch) => this.take(batch, intake),
      () => void this.walked(),
      () => this.scheduler.isBusy,
    );
    this.state?.hear(watcher);
    this.comparisons = comparisonsOf(this, this.source);
    this.ending = new OrderlyEnd(this);
  }

  isStandby(): Promise<boolean> {
    this.master.send('standbyAsked', {});
    return new Promise((resolve) => (this.standby = resolve));
  }

  async start(): Promise<void> {
    this.lists.check();
    await this.mode.open?.();
    const { verifies } = this.settings;
    if (verifies !== undefined) return verify(this.mode, verifies, this.master, this.report);
    this.flow.start();
    this.endAhead = this.mode.copyAhead?.(() => this.source.failure);
    this.comparisons.start();
  }

  /** The initial walk is over. */
  private async walked(): Promise<void> {
    await this.endAhead?.();
    if (!this.ending.hasBegun) this.scheduler.walked(!this.settings.skipInitialSync);
  }

  private take(batch: Batch, intake: Intake): void {
    this.state?.arrived(batch);
    const before = this.backlog.size;
    intake.accept(batch);
    this.news.batch(batch, before);
    this.scheduler.added();
  }

  adjust(settings: ExecutorSettings): void {
    if (this.remembered?.takeRules(settings.rules) === true) this.state?.rulesChanged();
    const { maxDelete, requireFile, paused } = this.settings;
    this.settings = settings;
    if (settings.paused !== paused) this.remembered?.pause(settings);
    if (
      maxDelete?.most !== settings.maxDelete?.most ||
      maxDelete?.unit !== settings.maxDelete?.unit ||
      requireFile !== settings.requireFile
    )
      this.thoughts.reconsider();
    this.backlog.adjust(this.isUrgent ? AT_ONCE : delaysOf(settings));
    if (paused === true && settings.paused !== true) this.scheduler.resume();
    else this.scheduler.wake();
    if (settings.paused === true) this.flushes.look([]);
  }

  /** Answers with `flushed`. @param limit milliseconds */
  flush(serial: number, limit: number): void {
    void this.flushes.begin(serial, limit);
  }

  hurryUp(isUrgent: boolean): void {
    this.isUrgent = this.scheduler.isUrgent = isUrgent;
    this.backlog.adjust(isUrgent ? AT_ONCE : delaysOf(this.settings));
    if (!isUrgent) return;
    this.thoughts.lookForRequired();
    this.backlog.settleNow(monotonic());
    this.scheduler.tryNow();
  }

  /** Answers with `pendingRows`. */
  tellPending(serial: number, under: BytePath): void {
    this.news.pending(serial, under, (path) => this.scheduler.triesOf(path));
  }

  /** Tries entries that wait after a failure at once. */
  tryNow(): void {
    this.scheduler.tryNow();
  }

  /** Lets held deletions go. */
  approve(): void {
    this.thoughts.approve();
  }

  show(status: DaemonStatus): void {
    const isHeld = status === 'running' && this.thoughts.now.paths > 0;
    this.status.show(isHeld ? 'deletions held' : status);
  }

  initialIsDone(): void {
    this.thoughts.initialIsDone();
    this.isInitialDone = true;
    this.remembered?.note(this.thoughts.now);
  }

  again(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const now = monotonic();
    this.backlog.kept(entries, now);
    this.backlog.release(now);
    this.scheduler.added();
  }

  held(holding: Holding): void {
    this.news.held(holding);
    if (this.isInitialDone) this.remembered?.note(holding);
    const { current } = this.status;
    if (current === 'running' || current === 'deletions held') this.show('running');
  }

  /** The master has published the last status it was sent. */
  statusKnown(): void {
    this.status.known();
  }

  /** Sends the dump to the master; resolves when all of it has been sent. */
  describe(): Promise<void> {
    return this.news.describe(this.status.current ?? 'starting');
  }

  /** Ends the executor in order. @param how one of `FINISH` */
  finish(how: number): Promise<void> {
    return this.ending.begin(0, '', how);
  }

  /** For when the master has ended: ends every program and removes the list files. */
  async abandon(): Promise<void> {
    await this.runner.endAll();
    this.lists.close();
  }
}
