/**
 * Handles paths that were not synced: decides how long each waits for its next try, and reports it.
 */
import { ROOT, display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Backlog } from './backlog.js';
import type { SchedulerContext } from './context.js';
import { inWords } from './naming.js';
import type { Failure } from '../modes/failure.js';
import type { Mode } from '../modes/mode.js';
import { Retry, SHORTEST_APART, delayAfterChange } from './retry.js';
import type { Trouble } from './sync.js';
import { verdictOfPath } from './verdict.js';
import type { Circumstances } from './verdict.js';
import { keysInTurns } from './keys.js';
import { groupsOf } from './together.js';

export class Troubles {
  private readonly tries = new Map<BytePath, Retry>();
  private readonly report: Report;

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly backlog: Backlog,
    private readonly mode: Mode,
    private readonly around: Pick<SchedulerContext, 'report' | 'failed'>,
  ) {
    this.report = around.report;
  }

  /** For entries that failed alone. Returns whether one of them has used up its tries. */
  async failed(
    { entries, failure, unsearched }: Trouble,
    now: number,
    times: Pick<Circumstances, 'initial' | 'ends'>,
  ): Promise<boolean> {
    const settings = this.settings();
    let news = 0;
    let gaveUp = false;
    const longest = await this.hold(entries, now, true, (retry, path) => {
      if (retry.next === 1) news++;
      const isRoot = path === ROOT && unsearched !== true;
      gaveUp ||= verdictOfPath(retry.next, failure, settings, isRoot, times) === 'fatal';
      // Without a limit of tries, the delay grows.
      const endless = { ...settings, retries: 0 };
      return retry.failed(isRoot || times.ends ? settings : endless, { shortest: SHORTEST_APART });
    });
    this.tell(entries, failure, news, longest);
    return gaveUp;
  }

  /** For entries that changed during their sync. */
  async disturbed(entries: readonly Entry[], now: number): Promise<void> {
    const settings = this.settings();
    await this.hold(entries, now, false, (retry) => retry.disturbed(settings));
  }

  settled(entries: readonly Entry[]): void {
    if (this.tries.size === 0) return;
    for (const { path } of entries) this.tries.delete(path);
  }

  triesOf(path: BytePath): number {
    return (this.tries.get(path)?.next ?? 1) - 1;
  }

  hasFailed(path: BytePath): boolean {
    return this.tries.get(path)?.hasFailed === true;
  }

  /** Whether one of these paths has failed and was not synced since. */
  concern(entries: readonly Entry[]): boolean {
    return this.tries.size > 0 && entries.some(({ path }) => this.tries.has(path));
  }

  /** Ends all delays; the next ones begin with the shortest. */
  forgive(now: number): void {
    for (const retry of this.tries.values()) retry.succeeded();
    this.backlog.release(now);
  }

  /**
   * Holds the entries; those that must be in one call become due at the same time. Returns the
   * longest delay.
   */
  private async hold(
    entries: readonly Entry[],
    now: number,
    failing: boolean,
    delayOf: (retry: Retry, path: BytePath) => number,
  ): Promise<number> {
    const afterChange = delayAfterChange(this.settings());
    let longest = 0;
    const keys = await keysInTurns(entries, (entry) => this.mode.keyOf?.(entry));
    for (const group of groupsOf(entries, ({ path }) => keys.get(path))) {
      const delay = group.reduce(
        (most, { path }) => Math.max(most, delayOf(this.retryOf(path), path)),
        0,
      );
      this.backlog.hold(group, {
        due: now + delay,
        dueIfChanged: now + (failing ? Math.min(delay, afterChange) : delay),
        failing,
      });
      longest = Math.max(longest, delay);
    }
    return longest;
  }

  private retryOf(path: BytePath): Retry {
    let retry = this.tries.get(path);
    if (retry === undefined) this.tries.set(path, (retry = new Retry()));
    return retry;
  }

  /** Reports new failures in full, repeated ones in one line. */
  private tell(entries: readonly Entry[], failure: Failure, news: number, delay: number): void {
    const { permissionHint, destination } = this.settings();
    const level = news > 0 ? 'error' : 'debug1';
    for (const line of failure.complaints ?? []) this.report(level, line);
    const hint = failure.hint ?? (failure.denied ? permissionHint : undefined);
    if (news > 0 && hint !== undefined) this.report('error', hint);
    const where = destination === undefined ? '' : ` (to ${display(destination)})`;
    const again =
      `tried again by ${entries.length === 1 ? 'itself' : 'themselves'} in ` +
      `${(delay / 1000).toFixed(1)} s`;
    this.report(
      news > 0 ? 'error' : 'info',
      new ClsyncError(
        'PATHS_FAILED',
        `${inWords(entries)} (${failure.reason})`,
        `${again}, the rest goes on${where}`,
      ).message,
      'failed',
    );
    this.around.failed({ entries, reason: failure.reason, next: delay, apart: true });
  }
}
