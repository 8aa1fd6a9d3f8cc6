/** Connects the executor's parts with each other. */
import type { Batch, Entry } from '../shared/entry.js';
import type { Channel } from '../shared/channel.js';
import { monotonic } from '../shared/clock.js';
import { collapses } from '../shared/modes.js';
import type { Report } from '../shared/report.js';
import type { DaemonStatus, ExecutorSettings, HandlerConfinement } from '../shared/settings.js';
import type { Holding } from './deletions/holding.js';
import { Comparisons } from './comparisons.js';
import { removalsBy } from './deletions/removals.js';
import type { Remembered } from './deletions/remembered.js';
import { SecondThoughts } from './deletions/second-thoughts.js';
import { Flushes } from './flushes.js';
import type { Flow } from './intake/flow.js';
import type { Recent } from './intake/recent.js';
import type { Source } from './intake/source.js';
import type { ListFiles } from './lists/list-files.js';
import { ENDED } from './modes/failure.js';
import type { Mode, Services } from './modes/mode.js';
import type { OrderlyEnd } from './orderly-end.js';
import type { Counts } from './reports/counts.js';
import type { News } from './reports/news.js';
import type { StatusReport } from './reports/status.js';
import { LastingCalls } from './run/lasting-calls.js';
import { NewsHooks } from './run/news-hooks.js';
import { exactly } from './run/permitted.js';
import { confinementOf } from './run/restrictions.js';
import { Runner } from './run/runner.js';
import { sweep } from './run/sweep.js';
import type { Backlog } from './schedule/backlog.js';
import type { BigFiles } from './schedule/big-files.js';
import type { SchedulerContext } from './schedule/context.js';
import type { Scheduler } from './schedule/scheduler.js';
import type { Turns } from './schedule/turns.js';
import { changedSince, queued, unsettled, unsettledPaths } from './schedule/waiting.js';
import { stateOf } from './state/open.js';
import type { State } from './state/state.js';
import { Usage } from './state/usage.js';
import { answerComparison } from './verification.js';

/** What the parts see of the executor. */
export interface Core {
  readonly master: Channel;
  readonly report: Report;
  readonly backlog: Backlog;
  readonly bigFiles: BigFiles;
  readonly counts: Counts;
  readonly ending: OrderlyEnd;
  readonly flow: Flow;
  readonly flushes: Flushes;
  readonly hooks: NewsHooks;
  readonly lists: ListFiles;
  readonly mode: Mode;
  readonly news: News;
  readonly recent: Recent;
  readonly remembered: Remembered | undefined;
  readonly runner: Runner;
  readonly scheduler: Scheduler;
  readonly state: State | undefined;
  readonly status: StatusReport;
  readonly thoughts: SecondThoughts;
  readonly turns: Turns;
  readonly isInitialDone: boolean;
  /** As they are by then: they change while it runs. */
  readonly current: () => ExecutorSettings;
  /** As `SchedulerContext.statusIsKnown`. */
  readonly statusIsKnown: () => Promise<void> | undefined;
  /** As `SchedulerContext.isStandby`. */
  isStandby(): Promise<boolean>;
  show(status: DaemonStatus): void;
  initialIsDone(): void;
  /** These entries, which were withdrawn, wait again. */
  again(entries: readonly Entry[]): void;
  held(holding: Holding): void;
  /** No delay holds up what is pending, from now on or no longer. */
  hurryUp(isUrgent: boolean): void;
}

export function runnerOf(core: Core, handlers: HandlerConfinement): Runner {
  return new Runner(
    core.current().launcher,
    confinementOf(handlers),
    () =>
      sweep(
        handlers.temporary,
        [core.lists.place].filter((path) => path !== undefined),
      ),
    new LastingCalls((milliseconds, program) =>
      core.master.send('lasting', { milliseconds: Math.round(milliseconds), program }),
    ),
    core.report,
  );
}

/** The programs of the settings that the runner may start besides those of the mode. */
export function hooksOf(settings: ExecutorSettings): string[] {
  const { preExitHook, exitHook, syncHook, failureHook, label } = settings;
  return [preExitHook, exitHook, syncHook, failureHook].flatMap((hook) =>
    hook === undefined ? [] : [exactly(hook, label)],
  );
}

export function secondThoughtsOf(core: Core, services: Services): SecondThoughts {
  const { backlog, mode } = core;
  const settings = core.current();
  return new SecondThoughts(core.current, {
    removals: (entries, situation, among) =>
      mode.removals?.(entries, situation, among) ?? removalsBy(services, entries, situation),
    canKeep: mode.keeps === true,
    moves: mode.moves === true,
    collapses: collapses(settings.mode, settings),
    waiting: () => queued(backlog),
    withdraw: (isWanted) => {
      core.counts.ask();
      const entries = backlog.takeAlso(isWanted);
      backlog.settled(entries);
      return entries;
    },
    again: (entries) => core.again(entries),
    held: (holding) => core.held(holding),
  });
}

export function newsHooksOf(core: Core): NewsHooks {
  return new NewsHooks({
    settings: core.current,
    runner: core.runner,
    report: core.report,
    situation: () => core.scheduler.situation(core.status.current ?? 'running'),
    failing: () => {
      const paths = core.backlog.failing;
      const isBroken = core.scheduler.failure !== undefined;
      return paths > 0 || isBroken ? { reason: core.news.lastReason, paths } : undefined;
    },
    statusIsKnown: core.statusIsKnown,
  });
}

export function flushesOf(core: Core): Flushes {
  return new Flushes({
    quiet: () => core.flow.quiet(),
    now: monotonic,
    pending: () => unsettled(core.backlog),
    isFailing: ({ path }) => core.backlog.held.get(path)?.failing === true,
    pause: () =>
      core.current().paused === true ? 'syncing is paused (clsync ctl resume)' : undefined,
    failure: () => core.scheduler.failure,
    held: () => (core.thoughts.now.paths > 0 ? core.thoughts.now : undefined),
    hurry: (isUrgent) => core.hurryUp(isUrgent),
    answer: (serial, left, text) => core.master.send('flushed', { serial, left, text }),
  });
}

export function comparisonsOf(core: Core, source: Source): Comparisons {
  return new Comparisons({
    interval: () => core.current().verifyInterval,
    isOff: () =>
      !core.isInitialDone || core.current().paused === true || source.failure !== undefined,
    verify: async (how, among) => (await core.mode.verify?.(how, among)) ?? ENDED,
    quiet: () => core.flow.quiet(),
    pending: () => [...unsettled(core.backlog)].map(({ path }) => path),
    isRecent: (path) => core.recent.since(path) !== undefined,
    keepsExtra: () => core.thoughts.now.paths > 0 || core.current().noDelete === true,
    now: monotonic,
    tell: (compared) => core.master.send('verified', { ...compared }),
    answer: (serial, outcome) => void answerComparison(serial, outcome, core.master),
    failed: ({ reason }) =>
      core.report('warning', `source and destination not compared: ${reason}`),
  });
}

/** @param add takes what the marks of an earlier run say is to be synced */
export function keptState(core: Core, add: (batch: Batch) => void): State | undefined {
  const settings = core.current();
  const isOther = core.remembered?.isSameDestination === false;
  const state = stateOf(
    { ...settings, fullInitialSync: settings.fullInitialSync || isOther },
    {
      report: core.report,
      usage: new Usage((isUsed) => core.master.send('stateUsed', { isUsed: isUsed ? 1 : 0 })),
      add,
      quiet: () => core.flow.quiet(),
      waiting: () => unsettledPaths(core.backlog),
      changedSince: (entries) => changedSince(core.backlog, entries),
      brokeOff: (paths) => core.mode.brokeOff?.(paths),
    },
  );
  // They may have been read again while nothing was synced to this destination.
  if (core.remembered?.takeRules(settings.rules) === true) state?.rulesChanged();
  return state;
}

export function schedulerContext(core: Core, source: Source): SchedulerContext {
  return { ...reporting(core), ...deciding(core, source), ...following(core) };
}

/** What the scheduler tells. */
function reporting(core: Core): Pick<SchedulerContext, 'report' | 'status' | 'synced' | 'failed'> {
  return {
    report: core.report,
    status: (status) => {
      core.show(status);
      if (status !== 'running') return;
      core.initialIsDone();
      // Nothing of ours need be readable any more when the hooks run.
      if (hooksOf(core.current()).length > 0) core.runner.loadSoon();
    },
    synced: (paths, milliseconds, initial, entries) => {
      core.news.synced(paths, milliseconds, initial, entries);
      if (paths === 0) core.hooks.tookNothing();
    },
    failed: (failed) => core.news.failed(failed),
  };
}

/** What the scheduler asks before a sync. */
function deciding(
  core: Core,
  source: Source,
): Pick<
  SchedulerContext,
  'statusIsKnown' | 'isStandby' | 'quiet' | 'syncs' | 'consider' | 'obstacle'
> {
  return {
    statusIsKnown: core.statusIsKnown,
    isStandby: () => core.isStandby(),
    quiet: () => core.flow.quiet(),
    syncs: (entries) => {
      core.counts.ask();
      return core.state?.syncs(entries);
    },
    consider: (entries, situation) => core.thoughts.consider(entries, situation),
    obstacle: () => (core.ending.isHurried ? ENDED : source.failure),
  };
}

/** What follows from the scheduler's syncs. */
function following(
  core: Core,
): Pick<SchedulerContext, 'done' | 'ended' | 'took' | 'settled' | 'wanting' | 'over'> {
  /** What was synced since a flush was looked at last. */
  const lately: Entry[] = [];
  return {
    done: (entries, keeping, held) => {
      core.thoughts.settled(entries, keeping, held);
      for (const entry of entries) lately.push(entry);
      core.hooks.took(entries, !core.isInitialDone);
    },
    ended: () => {
      core.flushes.look(lately.splice(0));
      core.hooks.look();
    },
    took: (entries, settled, milliseconds) => {
      const paths = entries.map(({ path }) => path);
      core.recent.note(paths, Date.now() - milliseconds);
      core.turns.synced(settled, milliseconds);
      core.bigFiles.settled(entries);
    },
    settled: () => {
      core.counts.ask();
      core.flow.replenish();
    },
    wanting: () => core.flow.replenish(),
    over: (exit, text) => void core.ending.byItself(exit, text),
  };
}
