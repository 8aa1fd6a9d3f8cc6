/**
 * Puts the executor's parts together: what arrives goes into the backlog, the scheduler works it
 * off, the end is in order.
 */
import { join } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import { EntryFlag } from '../shared/entry.js';
import { FINISH } from '../shared/messages.js';
import type { Report } from '../shared/report.js';
import type { ExecutorSettings, HandlerConfinement, DaemonStatus } from '../shared/settings.js';
import type { Backlog, Delays } from './schedule/backlog.js';
import { MODE_TRAITS, collapses } from '../shared/modes.js';
import { describeState } from './dump.js';
import { handOver } from '../shared/pieces.js';
import { Flow } from './intake/flow.js';
import { Intake } from './intake/intake.js';
import { runHook } from './run/hooks.js';
import { ListFiles } from './lists/list-files.js';
import { namesOf, realTree } from './lists/tree.js';
import { createMode } from './modes/create.js';
import { ENDED } from './modes/failure.js';
import type { Mode } from './modes/mode.js';
import { OverlongDirectories } from './intake/overlong.js';
import { Progress } from './progress.js';
import { Queues } from './schedule/queues.js';
import { Recent } from './intake/recent.js';
import { RefusedPaths } from './intake/refused.js';
import { Permitted, exactly } from './run/permitted.js';
import { Runner } from './run/runner.js';
import { Scheduler } from './schedule/scheduler.js';
import { Sequence } from './schedule/sequence.js';
import { Source } from './intake/source.js';
import { StatusReport } from './status.js';
import { Turns } from './schedule/turns.js';
import { restrictionsOf } from './run/restrictions.js';

/** As in the `finished` message. */
interface End {
  readonly exit: number;
  readonly text: string;
}

export class Executor {
  private readonly backlog: Backlog;
  private readonly runner: Runner;
  private readonly lists: ListFiles;
  private readonly mode: Mode;
  private readonly scheduler: Scheduler;
  private readonly flow: Flow;
  private readonly progress: Progress;
  private readonly status: StatusReport;
  private ending: Promise<void> | undefined;
  private hurry = false;
  private counted = '';

  constructor(
    private settings: ExecutorSettings,
    handlers: HandlerConfinement,
    private readonly master: Channel,
    watcher: Channel,
    private readonly report: Report,
  ) {
    const current = (): ExecutorSettings => this.settings;
    const traits = MODE_TRAITS[settings.mode];
    const recent = new Recent();
    const turns = new Turns((path) => recent.since(path) !== undefined);
    this.backlog = traits.sequence
      ? new Sequence()
      : new Queues(
          delaysOf(settings),
          instantFlags(settings),
          turns,
          collapses(settings.mode, settings),
        );
    const refused = new RefusedPaths(settings.leftOut);
    this.runner = new Runner(
      settings.launcher,
      restrictionsOf(handlers, [process.ppid, process.pid]),
    );
    this.lists = new ListFiles(settings);
    this.status = new StatusReport((status) => master.send('status', { status }));
    this.progress = new Progress((done, total) => master.send('progress', { done, total }));
    const tree = realTree(settings.watchDirectory);
    const overlong = new OverlongDirectories((directory) =>
      namesOf(join(settings.watchDirectory, directory)),
    );
    this.mode = createMode({
      settings: current,
      runner: this.runner,
      handlers,
      tree,
      refused,
      overlong: () => overlong.all,
      recent,
      lists: this.lists,
      report,
      pending: () => this.backlog.size,
      ending: () => this.hurry,
      progress: (done, total) => this.progress.tell(done, total),
    });
    if (settings.checkArguments)
      this.runner.restrict(new Permitted([...this.mode.commands(), ...hooksOf(settings)]));
    const source = new Source(settings.watchDirectory);
    this.scheduler = new Scheduler(current, this.backlog, this.mode, {
      report,
      status: (status) => this.status.show(status),
      statusIsKnown: () => this.statusIsKnown(),
      synced: (paths, milliseconds, initial) =>
        master.send('synced', { paths, milliseconds, initial: initial ? 1 : 0 }),
      failed: (paths, text) => master.send('failed', { paths, text }),
      quiet: () => this.flow.quiet(),
      // Whatever is begun after all that ran was ended would be ended by nobody.
      obstacle: () => (this.hurry ? ENDED : source.failure),
      took: (entries, settled, milliseconds) => {
        recent.note(
          entries.map(({ path }) => path),
          Date.now() - milliseconds,
        );
        turns.synced(settled, milliseconds);
      },
      settled: () => this.flow.replenish(),
      over: (exit, text) => void this.end(exit, text, FINISH.afterRunning),
    });
    const intake = new Intake(refused, overlong, this.backlog);
    this.flow = new Flow(
      watcher,
      (batch) => {
        intake.accept(batch);
        this.scheduler.added();
      },
      () => this.scheduler.walked(),
      () => this.scheduler.isBusy,
    );
  }

  /** Tells the master how much there is to do, if that has changed since the last time. */
  count(): void {
    const { size: waiting, inHand, failing } = this.backlog;
    const counts = { waiting, inHand: inHand.size, failing };
    const text = JSON.stringify(counts);
    if (text !== this.counted) this.master.send('backlog', counts);
    this.counted = text;
  }

  async start(): Promise<void> {
    this.lists.check();
    await this.mode.open?.();
    this.flow.start();
  }

  adjust(settings: ExecutorSettings): void {
    this.settings = settings;
    this.backlog.adjust(delaysOf(settings));
    this.scheduler.wake();
  }

  /** Whatever waits after a failure is tried now. */
  tryNow(): void {
    this.scheduler.tryNow();
  }

  /** What the master was told last is where others can read it. */
  statusKnown(): void {
    this.status.known();
  }

  finish(how: number): Promise<void> {
    return this.end(0, '', how);
  }

  /** Resolves when all has been handed over. */
  describe(): Promise<void> {
    const { master } = this;
    return handOver(describeState(this.status.current ?? 'starting', this.backlog), {
      send: (piece) => master.send('dump', piece),
      drained: () => master.drained(),
    });
  }

  /** The master is gone: nothing may be left behind. */
  async abandon(): Promise<void> {
    await this.runner.endAll();
    this.lists.close();
  }

  /** Before anything is started that might look for it; undefined: there is nothing to wait for. */
  private statusIsKnown(): Promise<void> | undefined {
    return this.settings.awaitStatus ? this.status.arrived() : undefined;
  }

  /** The end, once; asked again with `now` while it is under way, it hurries. */
  private async end(exit: number, text: string, how: number): Promise<void> {
    // Before anything is killed, so that what is killed is not taken for a failure.
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
    const complete = this.scheduler.initialDone;
    let end: End = { exit, text };
    if (complete && exit === 0 && how !== FINISH.now && !this.hurry) {
      // What the hook has failed to do does not make the changes fewer: they are synced all the
      // same.
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
    await this.mode.close?.();
    if (complete && exitHook !== undefined) {
      const failed = await this.hook(exitHook, 'exiting', end.exit);
      if (end.exit === 0 && !this.hurry) end = { exit: failed, text: '' };
    }
    this.status.show('exiting');
    this.lists.close();
    this.master.send('finished', { exit: end.exit & 0xff, text: end.text });
  }

  /** Resolves with its exit status. */
  private async hook(hook: BytePath, status: DaemonStatus, exit?: number): Promise<number> {
    this.status.show(status);
    await this.statusIsKnown();
    return runHook(
      hook,
      this.runner,
      this.settings,
      { ...this.scheduler.situation(status), ...(exit === undefined ? {} : { exit }) },
      this.report,
    );
  }
}

function hooksOf({ preExitHook, exitHook, label }: ExecutorSettings): string[] {
  return [preExitHook, exitHook].flatMap((hook) =>
    hook === undefined ? [] : [exactly(hook, label)],
  );
}

function delaysOf(settings: ExecutorSettings): Delays {
  return { normal: settings.delayCollect, big: settings.delayCollectBig, sync: settings.delaySync };
}

/** What a walk found is synced at once. */
function instantFlags({ mode }: ExecutorSettings): number {
  const { instantDirectories } = MODE_TRAITS[mode];
  return EntryFlag.initial | (instantDirectories ? EntryFlag.recursive : 0);
}
