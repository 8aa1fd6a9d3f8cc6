/**
 * The end of the executor: what still runs, what is synced once more, the hooks, the last message.
 */
import type { BytePath } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import { ClsyncError } from '../shared/errors.js';
import { FINISH } from '../shared/messages.js';
import type { Report } from '../shared/report.js';
import type { DaemonStatus, ExecutorSettings } from '../shared/settings.js';
import type { Comparisons } from './comparisons.js';
import type { SecondThoughts } from './deletions/second-thoughts.js';
import type { ListFiles } from './lists/list-files.js';
import type { Mode } from './modes/mode.js';
import type { StatusReport } from './reports/status.js';
import { runHook } from './run/hooks.js';
import type { NewsHooks } from './run/news-hooks.js';
import type { Runner } from './run/runner.js';
import type { Scheduler } from './schedule/scheduler.js';
import type { State } from './state/state.js';

/** As in the `finished` message. */
interface End {
  readonly exit: number;
  readonly text: string;
}

/** What has to end. */
export interface Ending {
  readonly current: () => ExecutorSettings;
  readonly scheduler: Scheduler;
  readonly comparisons: Comparisons;
  readonly mode: Mode;
  readonly runner: Runner;
  readonly lists: ListFiles;
  readonly thoughts: SecondThoughts;
  readonly hooks: NewsHooks;
  readonly status: StatusReport;
  readonly state: State | undefined;
  readonly master: Channel;
  readonly report: Report;
  /** As `SchedulerContext.statusIsKnown`. */
  readonly statusIsKnown: () => Promise<void> | undefined;
}

export class OrderlyEnd {
  private ending: Promise<void> | undefined;
  private hurry = false;
  private isClosing = false;

  constructor(private readonly parts: Ending) {}

  get hasBegun(): boolean {
    return this.ending !== undefined;
  }

  /** Whether it has to end now: nothing may start, since nothing would end it. */
  get isHurried(): boolean {
    return this.hurry;
  }

  /** Ends once. A second call with `FINISH.now` speeds up an end that is in progress. */
  async begin(exit: number, text: string, how: number): Promise<void> {
    const { mode, runner } = this.parts;
    // Stops the scheduler first, so that a killed program is not taken for a failure.
    this.ending ??= this.wind(exit, text, how);
    if (how === FINISH.now) {
      this.hurry = true;
      if (this.isClosing) this.parts.status.show('terminating');
      await mode.closeNow?.();
      await runner.endAll();
    }
    return this.ending;
  }

  /** The end of a daemon that ends by itself: nobody will approve what is held. */
  async byItself(exit: number, text: string): Promise<void> {
    if (exit !== 0) this.parts.hooks.gaveUp(text);
    const { paths, reason } = this.parts.thoughts.now;
    const held = paths === 0 ? undefined : new ClsyncError('DELETIONS_HELD', reason);
    const end =
      exit === 0 && held !== undefined ? { exit: held.exit, text: held.message } : { exit, text };
    return this.begin(end.exit, end.text, FINISH.afterRunning);
  }

  private async wind(exit: number, text: string, how: number): Promise<void> {
    const { scheduler, comparisons, thoughts, hooks, mode, status, state, lists, master } =
      this.parts;
    const { exitHook } = this.parts.current();
    comparisons.stop();
    await scheduler.stop();
    thoughts.stop();
    const complete = scheduler.initialDone;
    let end: End = { exit, text };
    if (complete && exit === 0 && how !== FINISH.now && !this.hurry) end = await this.last(how);
    if (!this.hurry) await hooks.last();
    await mode.close?.();
    if (complete && exitHook !== undefined) {
      const failed = await this.hook(exitHook, 'exiting', end.exit);
      if (end.exit === 0 && !this.hurry) end = { exit: failed, text: '' };
    }
    // What hangs from here on is no hook that has its time.
    this.isClosing = true;
    status.show(this.hurry ? 'terminating' : 'exiting');
    await state?.close(this.hurry);
    lists.close();
    master.send('finished', { exit: end.exit & 0xff, text: end.text });
  }

  /** The hook before the end, and what is synced after it. */
  private async last(how: number): Promise<End> {
    const { preExitHook, syncOnQuit } = this.parts.current();
    // Changes are synced even if the hook fails.
    const failed = preExitHook === undefined ? 0 : await this.hook(preExitHook, 'preexit');
    const failure =
      preExitHook !== undefined || how === FINISH.afterPending || syncOnQuit
        ? await this.parts.scheduler.last()
        : undefined;
    if (this.hurry) return { exit: 0, text: '' };
    return failed === 0
      ? { exit: failure?.exit ?? 0, text: failure?.reason ?? '' }
      : { exit: failed, text: '' };
  }

  /** Resolves with the exit status of the hook. */
  private async hook(hook: BytePath, status: DaemonStatus, exit?: number): Promise<number> {
    const { scheduler, thoughts, runner, report, current } = this.parts;
    this.parts.status.show(status);
    await this.parts.statusIsKnown();
    const situation = {
      ...scheduler.situation(status),
      ...(exit === undefined ? {} : { exit }),
      ...(thoughts.now.paths === 0 ? {} : { held: thoughts.now }),
    };
    return runHook(hook, { situation }, runner, current(), report);
  }
}
