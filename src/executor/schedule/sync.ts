/**
 * Syncs entries: calls the handler for each step of the plan. Entries that fail alone are set
 * apart, so that the others are synced.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { entryBeneath } from '../intake/own-entries.js';
import { blame } from './blame.js';
import { EventsApart } from './events-apart.js';
import type { Failure } from '../modes/failure.js';
import { isOutcomes } from '../modes/mode.js';
import type { Mode, Outcomes, Situation, Step } from '../modes/mode.js';
import { DISTURBED, failureOfSystemCall } from '../modes/failure.js';
import { keysInTurns } from './keys.js';
import { SearchCalls } from './search-calls.js';
import { groupsOf } from './together.js';
import { isPartial } from './verdict.js';
import type { Verdict } from './verdict.js';

/** Entries that were not synced. */
export interface Trouble {
  readonly entries: readonly Entry[];
  readonly failure: Failure;
  readonly verdict: Exclude<Verdict, 'done'>;
  /** These entries fail alone: others can be synced. */
  readonly apart: boolean;
  /** There were too many calls to find out which of them fail, or what beneath them does. */
  readonly unsearched?: boolean;
}

export interface SyncResult {
  readonly settled: readonly Entry[];
  readonly troubles: readonly Trouble[];
  /** What would have been deleted there is held. */
  readonly held: readonly Entry[];
  /** They have to come after others that were not synced, and were not tried. */
  readonly waiting: readonly Entry[];
  /** At least one step counts as an iteration. */
  readonly counts: boolean;
}

export interface Judge {
  /** Why no call can be made now; undefined: it can. */
  obstacle?(): Failure | undefined;
  /** The verdict for a failed call with these entries. */
  judge(failure: Failure, entries: readonly Entry[]): Promise<Verdict>;
  /**
   * The number of failures before this one where the handler is tried for ever: then it is worth
   * asking whether it works for one of the entries. Undefined: it is not.
   */
  tries?(failure: Failure): number | undefined;
  /** Whether the path has failed by itself, and was not synced since. */
  hasFailed?(path: BytePath): boolean;
}

/** Rethrows an error that no system call gave. */
export async function sync(
  mode: Mode,
  entries: readonly Entry[],
  situation: Situation,
  around: Judge,
): Promise<SyncResult> {
  const iteration = new Iteration(mode, situation, around);
  await iteration.run(entries, new Set(situation.avoided));
  return iteration;
}

class Iteration implements SyncResult {
  readonly settled: Entry[] = [];
  readonly troubles: Trouble[] = [];
  readonly held: Entry[] = [];
  readonly waiting: Entry[] = [];
  counts = false;
  private readonly events = new EventsApart();
  private readonly decided = new Set<Entry>();
  private readonly calls = new SearchCalls();
  /** Set once the handler has shown that it does not work. */
  private broken: Pick<Trouble, 'failure' | 'verdict'> | undefined;
  /** The handler has shown that it works for some of the entries, so that others fail alone. */
  private works = false;
  private asked = false;

  constructor(
    private readonly mode: Mode,
    private readonly situation: Situation,
    private readonly around: Judge,
  ) {}

  async run(entries: readonly Entry[], avoided: ReadonlySet<BytePath>): Promise<void> {
    try {
      const planned = this.mode.plan(entries, { ...this.situation, avoided: [...avoided] });
      // Without an await for few entries, which would cost a turn.
      const steps = planned instanceof Promise ? await planned : planned;
      this.counts ||= steps.some(({ uncounted }) => uncounted !== true);
      for (const step of steps)
        if (this.broken === undefined && !this.waits(step)) await this.step(step, avoided, steps);
      if (this.broken !== undefined)
        this.leave(
          steps.flatMap((step) => step.entries),
          this.broken,
        );
    } catch (error) {
      const failure = failureOfSystemCall(error);
      const verdict = await this.around.judge(failure, entries);
      if (verdict !== 'done') this.leave(entries, (this.broken = { failure, verdict }));
    }
  }

  /** Whether nothing is to be done for it now. */
  private waits({ entries, isEvent }: Step): boolean {
    const [entry] = entries;
    if (isEvent !== true || entry === undefined) return false;
    if (this.decided.has(entry)) return true;
    if (!this.events.holdsBack(entry)) return false;
    this.decided.add(entry);
    this.waiting.push(entry);
    return true;
  }

  private async step(
    { entries, run, isEvent }: Step,
    avoided: ReadonlySet<BytePath>,
    steps: readonly Step[],
  ): Promise<void> {
    const failure = this.around.obstacle?.() ?? (await run());
    if (failure !== undefined && isOutcomes(failure)) return this.each(entries, failure);
    this.calls.count(failure);
    const verdict = failure === undefined ? 'done' : await this.around.judge(failure, entries);
    if (failure === undefined || verdict === 'done') {
      this.events.succeeded();
      return this.settle(entries);
    }
    if (isEvent === true) return this.event(entries, { failure, verdict }, steps);
    const partial =
      isPartial(failure) ||
      (verdict === 'retry' && (await this.worksForOthers(entries, failure, avoided)));
    if (verdict === 'retry' && partial)
      return this.isolate(
        entries.filter((entry) => !this.decided.has(entry)),
        failure,
        avoided,
      );
    if (!partial || verdict === 'fatal') this.broken = { failure, verdict };
    this.leave(entries, { failure, verdict });
  }

  /** An event has failed: where exit codes say nothing, another one shows whether alone. */
  private async event(
    entries: readonly Entry[],
    { failure, verdict }: Pick<Trouble, 'failure' | 'verdict'>,
    steps: readonly Step[],
  ): Promise<void> {
    const tries = this.around.tries?.(failure);
    const isApart = async (): Promise<boolean> =>
      tries !== undefined &&
      (this.haveFailed(entries) ||
        this.events.isAlone() ||
        (await this.anotherWorks(this.events.other(steps, this.decided, entries, tries))));
    if (verdict === 'retry' && (await isApart())) this.setApart(entries, failure);
    else {
      if (verdict !== 'disturbed') this.broken = { failure, verdict };
      this.leave(entries, { failure, verdict });
    }
    for (const entry of entries) this.events.failed(entry);
  }

  private async anotherWorks(step: Step | undefined): Promise<boolean> {
    if (step === undefined || this.around.obstacle?.() !== undefined) return false;
    if ((await step.run()) !== undefined) return false;
    this.events.succeeded();
    this.settle(step.entries);
    return true;
  }

  /** Nothing has to be found out. */
  private each(entries: readonly Entry[], { apart, disturbed, held }: Outcomes): void {
    for (const one of apart) this.setApart(one.entries, one.failure);
    this.leave(disturbed, { failure: DISTURBED, verdict: 'disturbed' });
    for (const entry of held) this.held.push(entry);
    this.settle(entries.filter((entry) => !this.decided.has(entry)));
  }

  /**
   * Where exit codes say nothing: whether the handler works for one of the entries, another one at
   * each try. One call shows an outage, and no search is begun then.
   */
  private async worksForOthers(
    entries: readonly Entry[],
    failure: Failure,
    avoided: ReadonlySet<BytePath>,
  ): Promise<boolean> {
    if (failure.divisible !== true || this.works) return this.works;
    const tries = this.around.tries?.(failure);
    if (tries === undefined) return false;
    const groups = await this.groups(entries);
    const fresh = groups.filter((group) => !this.haveFailed(group));
    if (fresh.length === 0) return true;
    if (groups.length < 2 || this.asked) return false;
    this.asked = true;
    const one = fresh[tries % fresh.length] as readonly Entry[];
    const planned = await this.mode.plan(one, { ...this.situation, avoided: [...avoided] });
    for (const step of planned) {
      this.calls.count();
      if (this.around.obstacle?.() !== undefined || (await step.run()) !== undefined) return false;
    }
    this.settle(one);
    return (this.works = true);
  }

  /** Each of them by itself, so that another failure says nothing about the others. */
  private haveFailed(entries: readonly Entry[]): boolean {
    return entries.every(({ path }) => this.around.hasFailed?.(path) === true);
  }

  /**
   * Sets apart the entries named in the handler's error messages and tries the others again. When
   * the messages name none, tries each half separately.
   */
  private async isolate(
    entries: readonly Entry[],
    failure: Failure,
    avoided: ReadonlySet<BytePath>,
  ): Promise<void> {
    const found = blame(entries, failure.named ?? [], (path) => this.mode.has?.(path) === true);
    const beneath = [...found.beneath].filter((path) => !avoided.has(path));
    const blamed = await this.withSameKey(entries, found.entries);
    if (blamed.size + beneath.length > 0) {
      this.setApart([...blamed, ...beneath.map(entryBeneath)], failure);
      return this.tryAgain(
        entries.filter((entry) => !blamed.has(entry)),
        failure,
        new Set([...avoided, ...beneath]),
      );
    }
    const [first, second] = await this.halves(entries);
    if (second.length === 0) return this.setApart(entries, failure);
    await this.tryAgain(first, failure, avoided);
    await this.tryAgain(second, failure, avoided);
  }

  private async tryAgain(
    entries: readonly Entry[],
    failure: Failure,
    avoided: ReadonlySet<BytePath>,
  ): Promise<void> {
    if (entries.length === 0) return;
    if (this.broken !== undefined) this.leave(entries, this.broken);
    else if (this.calls.areSpent) this.setApart(entries, failure, true);
    else await this.run(entries, avoided);
  }

  private settle(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.settled.push(entry);
      this.decided.add(entry);
    }
  }

  private setApart(entries: readonly Entry[], failure: Failure, unsearched = false): void {
    this.leave(entries, { failure, verdict: 'retry' }, { apart: true, unsearched });
  }

  private leave(
    entries: readonly Entry[],
    { failure, verdict }: Pick<Trouble, 'failure' | 'verdict'>,
    how: Pick<Trouble, 'apart' | 'unsearched'> = { apart: false },
  ): void {
    const left = entries.filter((entry) => !this.decided.has(entry));
    for (const entry of left) this.decided.add(entry);
    if (left.length > 0) this.troubles.push({ entries: left, failure, verdict, ...how });
  }

  private async withSameKey(
    entries: readonly Entry[],
    chosen: ReadonlySet<Entry>,
  ): Promise<Set<Entry>> {
    const wanted = new Set((await this.keys([...chosen])).values());
    if (wanted.size === 0) return new Set(chosen);
    const keys = await this.keys(entries);
    return new Set(
      entries.filter((entry) => chosen.has(entry) || wanted.has(keys.get(entry.path) ?? '')),
    );
  }

  private async halves(entries: readonly Entry[]): Promise<[Entry[], Entry[]]> {
    const groups = await this.groups(entries);
    const middle = Math.ceil(groups.length / 2);
    return [groups.slice(0, middle).flat(), groups.slice(middle).flat()];
  }

  private async groups(entries: readonly Entry[]): Promise<Entry[][]> {
    const keys = await this.keys(entries);
    return groupsOf(entries, ({ path }) => keys.get(path));
  }

  private keys(entries: readonly Entry[]): Promise<ReadonlyMap<BytePath, string>> {
    return keysInTurns(entries, (entry) => this.mode.keyOf?.(entry));
  }
}
