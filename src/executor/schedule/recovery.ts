/**
 * Handles failed syncs: decides how long single paths, and the handler as a whole, wait for the
 * next try, and what ends the wait early.
 */
import { ClsyncError } from '../../shared/errors.js';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ifLocal } from '../../shared/places.js';
import type { Report } from '../../shared/report.js';
import type { Entry } from '../../shared/entry.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Failure } from '../modes/failure.js';
import type { Mode } from '../modes/mode.js';
import { isCrash } from '../run/ending.js';
import type { Backlog } from './backlog.js';
import type { SchedulerContext } from './context.js';
import { DestinationWatch } from './destination.js';
import { inWords } from './naming.js';
import { Pause } from './pause.js';
import { LONGEST_UNREACHABLE, Retry, delayAfterChange } from './retry.js';
import type { Trouble } from './sync.js';
import { Troubles } from './troubles.js';
import { isOutage, isPartial } from './verdict.js';
import type { Circumstances } from './verdict.js';

/** After so many failures of the handler in a row it was out of order, and not one path. */
const OUTAGE = 3;

export class Recovery {
  /** For failures of the handler as a whole. */
  private readonly retry = new Retry();
  private readonly pause = new Pause();
  private readonly troubles: Troubles;
  private readonly destination: DestinationWatch;
  private readonly report: Report;

  /** @param back called when the destination is worth another try */
  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    mode: Mode,
    private readonly around: Pick<SchedulerContext, 'report' | 'failed'>,
    private readonly now: () => number,
    back: () => void,
  ) {
    this.report = around.report;
    this.troubles = new Troubles(settings, backlog, mode, around);
    this.destination = new DestinationWatch(
      () => this.pause.end > now() || backlog.held.size > 0,
      () => {
        this.report('info', 'the destination is back, or has room again: trying now');
        this.pause.cut();
        backlog.release(now());
        back();
      },
    );
  }

  /** A sync begins. */
  syncs(): void {
    const destination = ifLocal(this.settings().destination);
    if (destination !== undefined) this.destination.syncs(destination);
  }

  /**
   * The number of consecutive failures of the handler as a whole if the current call fails, too.
   */
  get failures(): number {
    return this.retry.next;
  }

  /** Why the handler as a whole failed last. */
  reason: string | undefined;

  /** How often a path has failed since it was synced. */
  triesOf(path: BytePath): number {
    return this.troubles.triesOf(path);
  }

  /** Whether the path has failed by itself, and was not synced since. */
  hasFailed(path: BytePath): boolean {
    return this.troubles.hasFailed(path);
  }

  /** When the next sync may begin. */
  get end(): number {
    return this.pause.end;
  }

  /** To be called when something was added to the backlog: this may shorten the wait. */
  changed(): void {
    this.pause.changed();
  }

  /** Ends all waits. */
  tryNow(): void {
    this.pause.cut();
    this.retry.succeeded();
    this.troubles.forgive(this.now());
  }

  stop(): void {
    this.destination.end();
  }

  /**
   * To be called when a sync has not shown that the handler is out of order. If it is, and all
   * entries have failed by themselves before, nothing has shown that it works, either.
   */
  notBroken(troubles: readonly Trouble[], entries: readonly Entry[]): void {
    const failed = new Set(
      troubles
        .filter(({ apart, failure }) => apart && !isPartial(failure))
        .flatMap((trouble) => trouble.entries),
    );
    if (entries.length > 0 && entries.every((entry) => failed.has(entry))) return;
    // What failed alone by then may have failed for the same reason.
    if (this.retry.next > OUTAGE) this.backlog.release(this.now());
    this.retry.succeeded();
  }

  settled(entries: readonly Entry[]): void {
    this.troubles.settled(entries);
  }

  /** Whether a path that failed has not been synced since: it is held, or in hand. */
  isUnder(isInHand: (concerned: (entries: readonly Entry[]) => boolean) => boolean): boolean {
    return this.backlog.held.size > 0 || isInHand((entries) => this.troubles.concern(entries));
  }

  /**
   * Returns entries that were not synced to the backlog. Returns the troubles; one whose path has
   * used up its tries becomes a fatal one of the handler.
   * @param contended a simultaneous sync may have disturbed these
   */
  async settle(
    troubles: readonly Trouble[],
    contended: boolean,
    times: Pick<Circumstances, 'initial' | 'ends'>,
  ): Promise<readonly Trouble[]> {
    const now = this.now();
    this.watchDestination(troubles.filter(({ apart }) => apart).map(({ failure }) => failure));
    const left: Trouble[] = [];
    for (const trouble of troubles) {
      const { entries, failure, verdict, apart } = trouble;
      let usedUp = false;
      if (verdict === 'disturbed') await this.disturbed(trouble, contended, now);
      else if (apart) usedUp = await this.troubles.failed(trouble, now, times);
      else this.backlog.kept(entries, now);
      left.push(
        usedUp
          ? {
              ...trouble,
              verdict: 'fatal',
              apart: false,
              failure: { ...failure, complaints: [] },
            }
          : trouble,
      );
    }
    return left;
  }

  private async disturbed(
    { entries, failure }: Trouble,
    contended: boolean,
    now: number,
  ): Promise<void> {
    for (const line of failure.complaints ?? []) this.report('debug1', line);
    this.report('info', `the tree changed under the handler (${failure.reason}): trying again`);
    const changed = contended || failure.again === true ? entries : this.backlog.touched(entries);
    const waiting = changed.length > 0 ? changed : entries;
    await this.troubles.disturbed(waiting, now);
    const held = new Set(waiting);
    this.backlog.kept(
      entries.filter((entry) => !held.has(entry)),
      now,
    );
  }

  /**
   * Reports a failure of the handler as a whole. @param entries those of the sync @param next
   * milliseconds until the next try; undefined: there is none
   */
  tell(failure: Failure, entries: readonly Entry[], next: number | undefined): void {
    const { permissionHint, crashHint, destination } = this.settings();
    for (const line of failure.complaints ?? []) this.report('error', line);
    const { length: paths } = entries;
    const where = destination === undefined ? '' : ` to ${display(destination)}`;
    this.report(
      'error',
      new ClsyncError(
        'SYNC_FAILED',
        `${paths} path${paths === 1 ? '' : 's'}`,
        `${failure.reason} (${inWords(entries)}${where})`,
        next === undefined
          ? 'it is not tried again'
          : `trying again in ${(next / 1000).toFixed(1)} s`,
      ).message,
      'failed',
    );
    this.reason = failure.reason;
    this.around.failed({ entries, reason: failure.reason, next, apart: false });
    const hint = failure.hint ?? (failure.denied ? permissionHint : undefined);
    if (hint !== undefined) this.report('error', hint);
    if (isCrash(failure.exit) && crashHint !== undefined) this.report('error', crashHint);
  }

  /** Begins the pause after a failure of the handler as a whole; returns how long it lasts. */
  rest(failure: Failure): number {
    const settings = this.settings();
    const unreachable = isOutage(failure) && ifLocal(settings.destination) === undefined;
    const delay = this.retry.failed(settings, unreachable ? { longest: LONGEST_UNREACHABLE } : {});
    this.watchDestination([failure]);
    this.pause.begin(this.now(), delay, delayAfterChange(settings));
    return delay;
  }

  private watchDestination(failures: readonly Failure[]): void {
    const destination = ifLocal(this.settings().destination);
    if (destination !== undefined && failures.length > 0)
      this.destination.begin(
        destination,
        failures.some(({ full }) => full === true),
      );
  }
}
