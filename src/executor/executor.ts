/**
 * Creates and connects the executor's parts: batches go into the backlog, the scheduler syncs them;
 * carries out the orderly end.
 */
import { join } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import { monotonic } from '../shared/clock.js';
import { EntryFlag } from '../shared/entry.js';
import type { Batch, Entry } from '../shared/entry.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import { Soon } from '../shared/soon.js';
import { isShown } from '../shared/report.js';
import type { Report } from '../shared/report.js';
import type { ExecutorSettings, HandlerConfinement, DaemonStatus } from '../shared/settings.js';
import { QUEUES } from './schedule/backlog.js';
import type { Backlog, Delays } from './schedule/backlog.js';
import { MODE_TRAITS, collapses } from '../shared/modes.js';
import { describeState } from './dump.js';
import { Flushes } from './flushes.js';
import { pendingRows } from './pending-rows.js';
import { handOver, piecesOf } from '../shared/pieces.js';
import { Flow } from './intake/flow.js';
import { besideForeign } from './intake/foreign-mounts.js';
import { Intake } from './intake/intake.js';
import { runHook } from './run/hooks.js';
import { NewsHooks } from './run/news-hooks.js';
import type { Failing } from './run/news-hooks.js';
import { ListFiles } from './lists/list-files.js';
import { namesOf, realTree } from './lists/tree.js';
import type { Tree } from './lists/tree.js';
import { createMode } from './modes/create.js';
import { ENDED } from './modes/failure.js';
import type { Mode, Services } from './modes/mode.js';
import { removalsBy } from './deletions/removals.js';
import { Remembered } from './deletions/remembered.js';
import { SecondThoughts } from './deletions/second-thoughts.js';
import type { Holding } from './deletions/holding.js';
import { OverlongDirectories } from './intake/overlong.js';
import { Progress } from './progress.js';
import { BigFiles } from './schedule/big-files.js';
import { Figures } from './figures.js';
import { listed } from './schedule/naming.js';
import { Queues } from './schedule/queues.js';
import { Recent } from './intake/recent.js';
import { RefusedPaths } from './intake/refused.js';
import { LastingCalls } from './run/lasting-calls.js';
import { Permitted, exactly } from './run/permitted.js';
import { Runner } from './run/runner.js';
import { Scheduler } from './schedule/scheduler.js';
import { Sequence } from './schedule/sequence.js';
import { SettledFiles } from './schedule/settled-files.js';
import { Settling } from './schedule/settling.js';
import { Source } from './intake/source.js';
import { StatusReport } from './status.js';
import { Turns } from './schedule/turns.js';
import { stateOf } from './state/open.js';
import type { State } from './state/state.js';
import { sweep } from './run/sweep.js';
import { verify } from './verification.js';
import { confinementOf } from './run/restrictions.js';

const AT_ONCE: Delays = { normal: 0, big: 0, sync: 0 };

/** As in the `finished` message. */
interface End {
  readonly exit: number;
  readonly text: string;
}

/** Milliseconds between two reports of the number of entries. */
const COUNTING = 1000;

export class Executor {
  private readonly backlog: Backlog;
  private readonly runner: Runner;
  private readonly lists: ListFiles;
  private readonly mode: Mode;
  private readonly scheduler: Scheduler;
  private readonly flow: Flow;
  private readonly progress: Progress;
  private readonly status: StatusReport;
  private readonly state: State | undefined;
  private ending: Promise<void> | undefined;
  private hurry = false;
  /** Called with the master's answer: whether the standby file is there. */
  standby: (isThere: boolean) => void = () => undefined;
  private counted = '';
  private waits = '';
  private readonly counting = new Soon(COUNTING, () => this.count());
  private readonly thoughts: SecondThoughts;
  private readonly services: Services;
  private readonly remembered: Remembered | undefined;
  private readonly report: Report;
  private isInitialDone = false;
  private readonly flushes: Flushes;
  private readonly hooks: NewsHooks;
  private lastReason = '';
  /** What was synced since a flush was looked at last. */
  private readonly lately: Entry[] = [];
  private isUrgent = false;
  /** Why deletions are held, as it was said last. */
  private saidHeld = '';

  constructor(
    private settings: ExecutorSettings,
    handlers: HandlerConfinement,
    private readonly master: Channel,
    watcher: Channel,
    told: Report,
  ) {
    const current = (): ExecutorSettings => this.settings;
    const report: Report = (level, text) => {
      if (isShown(level, this.settings.logLevel)) told(level, text);
    };
    this.report = report;
    const traits = MODE_TRAITS[settings.mode];
    const recent = new Recent();
    const figures = new Figures();
    const turns = new Turns((path) => recent.since(path) !== undefined);
    const tree = realTree(settings.watchDirectory);
    this.backlog = traits.sequence
      ? new Sequence()
      : settling(
          new Queues(
            delaysOf(settings),
            instantFlags(settings),
            turns,
            collapses(settings.mode, settings) && !settings.twoWay,
            () => this.mode.overtakes === true && this.settings.threading === 'off',
            (text) => report('debug2', text),
            () => this.settings.bigWhenClosed === true,
          ),
          settings,
          tree,
          report,
        );
    const refused = new RefusedPaths(settings.leftOut);
    this.lists = new ListFiles(settings);
    this.runner = new Runner(
      settings.launcher,
      confinementOf(handlers),
      () =>
        sweep(
          handlers.temporary,
          [this.lists.place].filter((path) => path !== undefined),
        ),
      new LastingCalls((milliseconds, program) =>
        master.send('lasting', { milliseconds: Math.round(milliseconds), program }),
      ),
      report,
    );
    this.status = new StatusReport((status) => master.send('status', { status }));
    this.progress = new Progress((done, total) => master.send('progress', { done, total }));
    const overlong = new OverlongDirectories((directory) =>
      namesOf(join(settings.watchDirectory, directory)),
    );
    this.services = {
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
      recent,
      lists: this.lists,
      report,
      pending: () => this.backlog.size,
      ending: () => this.hurry,
      progress: (done, total) => this.progress.tell(done, total),
      copied: figures.copied,
    };
    this.mode = createMode(this.services);
    if (settings.checkArguments)
      this.runner.restrict(new Permitted([...this.mode.commands(), ...hooksOf(settings)]));
    this.thoughts = new SecondThoughts(current, {
      removals: (entries, situation, among) =>
        this.mode.removals?.(entries, situation, among) ??
        removalsBy(this.services, entries, situation),
      canKeep: this.mode.keeps === true,
      moves: this.mode.moves === true,
      collapses: collapses(settings.mode, settings),
      waiting: () => queued(this.backlog),
      withdraw: (isWanted) => {
        this.counting.ask();
        const entries = this.backlog.takeAlso(isWanted);
        this.backlog.settled(entries);
        return entries;
      },
      again: (entries) => this.again(entries),
      held: (holding) => this.tellHeld(holding),
    });
    this.remembered = settings.ground === undefined ? undefined : new Remembered(settings.ground);
    const source = new Source(settings.watchDirectory);
    this.scheduler = new Scheduler(current, this.backlog, this.mode, {
      report,
      status: (status) => {
        this.show(status);
        if (status === 'running') this.initialIsDone();
        // Nothing of ours need be readable any more when the hooks run.
        if (status === 'running' && hooksOf(settings).length > 0) this.runner.loadSoon();
      },
      statusIsKnown: () => this.statusIsKnown(),
      synced: (paths, milliseconds, initial, entries) =>
        master.send('synced', {
          paths,
          milliseconds,
          initial: initial ? 1 : 0,
          names: listed(entries),
          ...figures.of(entries, monotonic()),
        }),
      failed: ({ entries, reason, next = 0, apart }) => {
        this.lastReason = reason;
        master.send('failed', {
          paths: entries.length,
          text: reason,
          names: listed(entries),
          next: Math.round(next),
          apart: apart ? 1 : 0,
        });
      },
      isStandby: () => {
        master.send('standbyAsked', {});
        return new Promise((resolve) => (this.standby = resolve));
      },
      quiet: () => this.flow.quiet(),
      syncs: (entries) => {
        this.counting.ask();
        return this.state?.syncs(entries);
      },
      consider: (entries, situation) => this.thoughts.consider(entries, situation),
      done: (entries, keeping, held) => {
        this.thoughts.settled(entries, keeping, held);
        for (const entry of entries) this.lately.push(entry);
        this.hooks.took(entries, !this.isInitialDone);
      },
      ended: () => {
        this.flushes.look(this.lately.splice(0));
        this.hooks.look();
      },
      // Nothing may start after `endAll`, since nothing would end it.
      obstacle: () => (this.hurry ? ENDED : source.failure),
      took: (entries, settled, milliseconds) => {
        recent.note(
          entries.map(({ path }) => path),
          Date.now() - milliseconds,
        );
        turns.synced(settled, milliseconds);
        bigFiles.settled(entries);
      },
      settled: () => {
        this.counting.ask();
        this.flow.replenish();
      },
      wanting: () => this.flow.replenish(),
      over: (exit, text) => {
        const end = exit === 0 ? this.endHolding() : { exit, text };
        void this.end(end.exit, end.text, FINISH.afterRunning);
      },
    });
    const bigFiles = new BigFiles(this.backlog, () => delaysOf(this.settings), report);
    this.hooks = new NewsHooks({
      settings: current,
      runner: this.runner,
      report,
      situation: () => this.scheduler.situation(this.status.current ?? 'running'),
      failing: () => this.failing,
      statusIsKnown: () => this.statusIsKnown(),
    });
    this.flushes = new Flushes({
      quiet: () => this.flow.quiet(),
      now: monotonic,
      pending: () => entriesOf(this.backlog),
      isFailing: ({ path }) => this.backlog.held.get(path)?.failing === true,
      pause: () =>
        this.settings.paused === true ? 'syncing is paused (clsync ctl resume)' : undefined,
      failure: () => this.scheduler.failure,
      held: () => (this.thoughts.now.paths > 0 ? this.thoughts.now : undefined),
      hurry: (isUrgent) => this.hurryUp(isUrgent),
      answer: (serial, left, text) => master.send('flushed', { serial, left, text }),
    });
    const intake = new Intake(refused, overlong, {
      find: (path) => this.backlog.find(path),
      add: (entry, now) => {
        this.counting.ask();
        this.backlog.add(entry, now);
        bigFiles.added(entry, now);
      },
    });
    const isOther = this.remembered?.isSameDestination === false;
    const syncsAll = settings.fullInitialSync || isOther;
    this.state = stateOf(
      { ...settings, fullInitialSync: syncsAll },
      {
        report,
        add: (batch) => intake.accept(batch),
        quiet: () => this.flow.quiet(),
        waiting: () => pathsOf(this.backlog),
        changedSince: (entries) => this.changedSince(entries),
        brokeOff: (paths) => this.mode.brokeOff?.(paths),
      },
    );
    this.flow = new Flow(
      watcher,
      (batch) => {
        this.state?.arrived(batch);
        const before = this.backlog.size;
        intake.accept(batch);
        this.tellBatch(batch, before);
        this.scheduler.added();
      },
      () => this.scheduler.walked(),
      () => this.scheduler.isBusy,
    );
    this.state?.hear(watcher);
  }

  /**
   * Sends the numbers of waiting, running and failing entries to the master if they have changed.
   * While there are any, it looks again by itself.
   */
  private count(): void {
    const { size: waiting, inHand, failing } = this.backlog;
    const counts = { waiting, inHand: inHand.size, failing };
    const text = JSON.stringify(counts);
    if (text !== this.counted) this.master.send('backlog', counts);
    this.counted = text;
    const { since, ...queues } = this.backlog.counts;
    const settling = this.backlog.settling?.size ?? 0;
    const oldest = since === undefined ? 0 : Math.max(0, Math.round(monotonic() - since));
    const waits = JSON.stringify([queues, settling, oldest]);
    if (waits !== this.waits) this.master.send('queues', { ...queues, settling, oldest });
    this.waits = waits;
    if (inHand.size > 0 || since !== undefined) this.counting.ask();
  }

  async start(): Promise<void> {
    this.lists.check();
    await this.mode.open?.();
    const { verifies } = this.settings;
    if (verifies !== undefined) return verify(this.mode, verifies, this.master, this.report);
    this.flow.start();
  }

  adjust(settings: ExecutorSettings): void {
    if (JSON.stringify(settings.rules) !== JSON.stringify(this.settings.rules))
      this.state?.rulesChanged();
    const { maxDelete, requireFile, paused } = this.settings;
    this.settings = settings;
    if (settings.paused !== paused) this.remembered?.pause(settings.paused === true);
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

  private get failing(): Failing | undefined {
    const paths = this.backlog.failing;
    const isBroken = this.scheduler.failure !== undefined;
    return paths > 0 || isBroken ? { reason: this.lastReason, paths } : undefined;
  }

  private hurryUp(isUrgent: boolean): void {
    this.isUrgent = this.scheduler.isUrgent = isUrgent;
    this.backlog.adjust(isUrgent ? AT_ONCE : delaysOf(this.settings));
    if (!isUrgent) return;
    this.backlog.settleNow(monotonic());
    this.scheduler.tryNow();
  }

  /** Sends `pendingRows`. */
  tellPending(serial: number, under: BytePath): void {
    const rows = pendingRows(this.backlog, under, monotonic(), (path) =>
      this.scheduler.triesOf(path),
    );
    const lines = [...rows].map((row) => `${JSON.stringify(row)}\n`);
    const pieces = [...piecesOf('pending', lines)];
    for (const [index, { text }] of pieces.entries()) {
      const last = index === pieces.length - 1 ? 1 : 0;
      this.master.send('pendingRows', { serial, rows: text, last });
    }
  }

  private changedSince(entries: readonly Entry[]): Iterable<Entry> {
    const waiting = new Set(waitingPaths(this.backlog));
    return entries.filter(({ path }) => waiting.has(path));
  }

  private tellBatch({ changes, refused, released }: Batch, before: number): void {
    const { size } = this.backlog;
    const rules = refused.length + released.length;
    this.report(
      'debug4',
      `watcher to executor: batch of ${changes.length} changes` +
        (rules === 0 ? '' : `, ${refused.length} refused, ${released.length} released`),
    );
    const joined = changes.length - (size - before);
    if (joined > 0) this.report('debug2', `${joined} of ${changes.length} changes joined others`);
  }

  /** Tries entries that wait after a failure at once. */
  tryNow(): void {
    this.scheduler.tryNow();
  }

  /** Lets held deletions go. */
  approve(): void {
    this.thoughts.approve();
  }

  private show(status: DaemonStatus): void {
    this.status.show(
      status === 'running' && this.thoughts.now.paths > 0 ? 'deletions held' : status,
    );
  }

  private initialIsDone(): void {
    this.thoughts.initialIsDone();
    this.isInitialDone = true;
    this.remembered?.note(this.thoughts.now);
  }

  private again(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const now = monotonic();
    this.backlog.kept(entries, now);
    this.backlog.release(now);
    this.scheduler.added();
  }

  private tellHeld(holding: Holding): void {
    const { paths, reason } = holding;
    this.master.send('held', { ...holding });
    if (this.isInitialDone) this.remembered?.note(holding);
    if (reason !== this.saidHeld)
      if (paths > 0) this.report('error', new ClsyncError('DELETIONS_HELD', reason).message);
      else this.report('info', 'deletions are no longer held');
    this.saidHeld = reason;
    const { current } = this.status;
    if (current === 'running' || current === 'deletions held') this.show('running');
  }

  /** The end of a daemon that ends by itself: nobody will approve what is held. */
  private endHolding(): End {
    const { paths, reason } = this.thoughts.now;
    if (paths === 0) return { exit: 0, text: '' };
    const { exit, message } = new ClsyncError('DELETIONS_HELD', reason);
    return { exit, text: message };
  }

  /** The master has published the last status it was sent. */
  statusKnown(): void {
    this.status.known();
  }

  /** Ends the executor in order. @param how one of `FINISH` */
  finish(how: number): Promise<void> {
    return this.end(0, '', how);
  }

  /** Sends the dump to the master; resolves when all of it has been sent. */
  describe(): Promise<void> {
    const { master } = this;
    return handOver(describeState(this.status.current ?? 'starting', this.backlog), {
      send: (piece) => master.send('dump', piece),
      drained: () => master.drained(),
    });
  }

  /** For when the master has ended: ends every program and removes the list files. */
  async abandon(): Promise<void> {
    await this.runner.endAll();
    this.lists.close();
  }

  /**
   * Resolves when the status is published, before a program starts that might read it; undefined:
   * there is nothing to wait for.
   */
  private statusIsKnown(): Promise<void> | undefined {
    return this.settings.awaitStatus ? this.status.arrived() : undefined;
  }

  /** Ends once. A second call with `FINISH.now` speeds up an end that is in progress. */
  private async end(exit: number, text: string, how: number): Promise<void> {
    // Stops the scheduler first, so that a killed program is not taken for a failure.
    this.ending ??= this.wind(exit, text, how);
    if (how === FINISH.now) {
      this.hurry = true;
      await this.mode.closeNow?.();
      await this.runner.endAll();
    }
    return this.ending;
  }

  private async wind(exit: number, text: string, how: number): Promise<void> {
    const { preExitHook, exitHook, syncOnQuit } = this.settings;
    await this.scheduler.stop();
    this.thoughts.stop();
    const complete = this.scheduler.initialDone;
    let end: End = { exit, text };
    if (complete && exit === 0 && how !== FINISH.now && !this.hurry) {
      // Changes are synced even if the hook fails.
      const failed = preExitHook === undefined ? 0 : await this.hook(preExitHook, 'preexit');
      const failure =
        preExitHook !== undefined || how === FINISH.afterPending || syncOnQuit
          ? await this.scheduler.last()
          : undefined;
      if (!this.hurry)
        end =
          failed === 0
            ? { exit: failure?.exit ?? 0, text: failure?.reason ?? '' }
            : { exit: failed, text: '' };
    }
    if (!this.hurry) await this.hooks.last();
    await this.mode.close?.();
    if (complete && exitHook !== undefined) {
      const failed = await this.hook(exitHook, 'exiting', end.exit);
      if (end.exit === 0 && !this.hurry) end = { exit: failed, text: '' };
    }
    this.status.show('exiting');
    await this.state?.close(this.hurry);
    this.lists.close();
    this.master.send('finished', { exit: end.exit & 0xff, text: end.text });
  }

  /** Resolves with the exit status of the hook. */
  private async hook(hook: BytePath, status: DaemonStatus, exit?: number): Promise<number> {
    this.status.show(status);
    await this.statusIsKnown();
    return runHook(
      hook,
      this.runner,
      this.settings,
      {
        ...this.scheduler.situation(status),
        ...(exit === undefined ? {} : { exit }),
        ...(this.thoughts.now.paths === 0 ? {} : { held: this.thoughts.now }),
      },
      this.report,
    );
  }
}

function* queued(backlog: Backlog): Generator<Entry> {
  for (const name of QUEUES) yield* backlog.entriesOf(name);
}

/** Of all that waits, held back or not. */
function* waitingPaths(backlog: Backlog): Generator<BytePath> {
  for (const { path } of queued(backlog)) yield path;
  yield* backlog.held.keys();
}

function* entriesOf(backlog: Backlog): Generator<Entry> {
  yield* queued(backlog);
  for (const { entry } of backlog.held.values()) yield entry;
  yield* backlog.settling?.entries() ?? [];
  yield* backlog.inHand;
}

/** Of all that waits or is in hand. */
function* pathsOf(backlog: Backlog): Generator<BytePath> {
  yield* waitingPaths(backlog);
  for (const { path } of backlog.inHand) yield path;
}

function hooksOf(settings: ExecutorSettings): string[] {
  const { preExitHook, exitHook, syncHook, failureHook, label } = settings;
  return [preExitHook, exitHook, syncHook, failureHook].flatMap((hook) =>
    hook === undefined ? [] : [exactly(hook, label)],
  );
}

function delaysOf(settings: ExecutorSettings): Delays {
  return { normal: settings.delayCollect, big: settings.delayCollectBig, sync: settings.delaySync };
}

/** With `--settle`, files come to these queues once they have settled. */
function settling(
  queues: Queues,
  { settle, settleLimit }: ExecutorSettings,
  tree: Tree,
  report: Report,
): Backlog {
  if (settle === 0) return queues;
  const full = (most: number): void =>
    report('warning', `${most} files wait to settle (--settle): further ones do not wait`);
  const context = { look: (path: BytePath) => tree.lstat(path), wall: () => Date.now(), full };
  return new SettledFiles(queues, new Settling({ quiet: settle, limit: settleLimit }, context));
}

/** Flags of entries that are synced without a delay: those found by a walk. */
function instantFlags({ mode }: ExecutorSettings): number {
  const { instantDirectories } = MODE_TRAITS[mode];
  return EntryFlag.initial | (instantDirectories ? EntryFlag.recursive : 0);
}
