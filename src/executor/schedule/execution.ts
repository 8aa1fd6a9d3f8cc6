/**
 * Executes one sync, or one portion of a large one: has the entries synced, judges failures, and
 * hands the entries back to the backlog as settled, kept or held.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { endsByItself } from '../../shared/settings.js';
import type { DaemonStatus, ExecutorSettings } from '../../shared/settings.js';
import type { Considered } from '../deletions/holding.js';
import type { Failure } from '../modes/failure.js';
import type { Mode, Situation } from '../modes/mode.js';
import type { Backlog } from './backlog.js';
import type { SchedulerContext } from './context.js';
import type { Iterations } from './iterations.js';
import type { Pace } from './pace.js';
import type { Recovery } from './recovery.js';
import type { Running, RunningSyncs } from './running.js';
import { sync } from './sync.js';
import type { Judge, SyncResult, Trouble } from './sync.js';
import { Untied } from './untied.js';
import { isTriedForEver, mayComeOfChanges, verdictOf } from './verdict.js';
import type { Circumstances, Verdict } from './verdict.js';

/** The scheduler's phase: before, during and after the initial sync, and after `stop`. */
export type Phase = 'walking' | 'initial' | 'running' | 'over';

/** With more entries in hand than this, the event loop gets a turn between the steps. */
const MANY = 1024;

/** Parts of the scheduler that a sync changes. */
export interface Parts {
  readonly running: RunningSyncs;
  readonly recovery: Recovery;
  readonly iterations: Iterations;
  readonly pace: Pace;
}

export class Execution {
  /** When the first portion of a sync that goes on was begun; undefined: none goes on. */
  private first: number | undefined;
  private hasToldInitial = false;
  private readonly untied = new Untied((entry) => this.mode.keyOf?.(entry));

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    private readonly mode: Mode,
    private readonly around: SchedulerContext,
    private readonly parts: Parts,
    private readonly phase: () => Phase,
    private readonly now: () => number,
  ) {}

  situation(status: DaemonStatus): Situation {
    return {
      status,
      iteration: this.parts.iterations.number,
      initial: this.phase() === 'initial',
    };
  }

  /**
   * Returns the troubles of the sync; those for which `isBroken` holds concern the handler.
   * @param since when the entries were taken in hand
   */
  async run(entries: readonly Entry[], since?: number): Promise<readonly Trouble[]> {
    const running = this.parts.running.begin(entries, since);
    const isWhole = !this.backlog.goesOn;
    const initial = this.phase() === 'initial';
    const known = this.around.statusIsKnown();
    if (known !== undefined) await known;
    if (entries.length > MANY) await nextTurn();
    const noted = this.around.syncs?.(entries);
    const state = noted === undefined ? undefined : await noted;
    const began = this.now();
    const first = this.first ?? began;
    this.first = isWhole ? undefined : first;
    this.parts.iterations.begins(entries);
    const situation = {
      ...this.situation(initial ? 'initsync' : 'running'),
      avoided: this.backlog.leaveOut(entries),
      lists: (directories: readonly BytePath[]) => {
        state?.lists(directories);
        running.undone.lists(directories);
      },
    };
    this.parts.recovery.syncs();
    const considered = this.around.consider?.(entries, situation);
    const admitted = considered instanceof Promise ? await considered : considered;
    const { settled, troubles, held, waiting, counts } = await this.sync(
      admitted ?? { entries, keeping: false },
      situation,
      {
        obstacle: () => this.around.obstacle(),
        judge: (failure, given) => this.judge(failure, given, running),
        tries: (failure) =>
          isTriedForEver(failure, this.settings(), this.times)
            ? this.parts.recovery.failures - 1
            : undefined,
        hasFailed: (path) => this.parts.recovery.hasFailed(path),
      },
    );
    this.parts.pace.syncEnded(this.now());
    this.around.took(entries, settled.length, this.now() - began);
    this.around.done?.(settled, admitted?.keeping === true, held);
    if (settled.length > 0) {
      const isInitialDone =
        initial && isWhole && !this.backlog.hasInitial && !troubles.some(isBroken);
      this.hasToldInitial ||= isInitialDone;
      this.around.synced(
        settled.length,
        Math.round(this.now() - (isInitialDone ? first : began)),
        isInitialDone,
        settled,
      );
    }
    if (entries.length > MANY) await nextTurn();
    const again = this.parts.running.again(running);
    if (again.length > 0) await this.addAgain(again);
    this.parts.running.tried(entries);
    this.parts.recovery.settled(settled);
    // Changes that arrived meanwhile must not be taken into another sync before this one ends.
    const contended = this.parts.running.isContended(running);
    if (contended)
      this.parts.running.contend(
        troubles.flatMap((trouble) => (trouble.verdict === 'disturbed' ? trouble.entries : [])),
      );
    const left = await this.parts.recovery.settle(troubles, contended, this.times);
    if (waiting.length > 0) this.backlog.kept(waiting, this.now());
    const toTie = this.untied.settled(settled);
    if (toTie.length > 0) this.backlog.kept(toTie, this.now());
    this.untied.failed(
      entries,
      troubles.filter(({ apart }) => apart).flatMap((trouble) => trouble.entries),
    );
    const kept = new Set([...waiting, ...troubles.flatMap((trouble) => trouble.entries)]);
    const done = entries.filter((entry) => !kept.has(entry));
    // Of what stays at the destination for now, the next start has to hear again.
    const isOpen = admitted?.keeping === true && admitted.isForGood !== true;
    if (state !== undefined) await state.ended(isOpen ? [] : done, situation.avoided);
    this.backlog.settled(done);
    this.parts.running.end(running);
    if (left.some(isBroken)) return left;
    this.parts.iterations.endsWell(entries, isWhole, counts);
    return left;
  }

  /** Says so where no sync could: there was nothing to do, or all of it failed. */
  initialIsDone(): void {
    if (!this.hasToldInitial) this.around.synced(0, 0, true, []);
    this.hasToldInitial = true;
  }

  private async sync(
    { entries, keeping, failure }: Considered,
    situation: Situation,
    judge: Judge,
  ): Promise<SyncResult> {
    if (failure !== undefined) {
      const verdict = await judge.judge(failure, entries);
      if (verdict !== 'done')
        return {
          settled: [],
          troubles: [{ entries, failure, verdict, apart: false }],
          held: [],
          waiting: [],
          counts: false,
        };
    }
    if (entries.length === 0)
      return { settled: [], troubles: [], held: [], waiting: [], counts: false };
    return sync(this.mode, entries, keeping ? { ...situation, keeping } : situation, judge);
  }

  private async judge(
    failure: Failure,
    entries: readonly Entry[],
    running: Running,
  ): Promise<Verdict> {
    const contended = this.parts.running.isContended(running);
    const changing = !contended && mayComeOfChanges(failure) && (await this.isChanging(entries));
    return verdictOf(failure, this.settings(), {
      ...this.times,
      changing,
      contended,
      failures: this.parts.recovery.failures,
    });
  }

  /** Whether tries are limited like in the C program. */
  private get times(): Pick<Circumstances, 'initial' | 'ends'> {
    return { initial: this.phase() !== 'running', ends: endsByItself(this.settings()) };
  }

  private async addAgain(entries: readonly Entry[]): Promise<void> {
    for (const [index, entry] of entries.entries()) {
      if (index > 0 && index % MANY === 0) await nextTurn();
      this.backlog.add(entry, this.now());
    }
  }

  /** Whether the entries in hand changed during the call. */
  private async isChanging(entries: readonly Entry[]): Promise<boolean> {
    await this.around.quiet();
    return this.backlog.touched(entries).length > 0;
  }
}

/** Whether it is a failure of the handler as a whole. */
export function isBroken({ apart, verdict }: Trouble): boolean {
  return !apart && verdict !== 'disturbed';
}
