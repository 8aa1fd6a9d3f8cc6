/** Executors of several that do not run: each comes back by itself, while the others go on. */
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from '../shared/backoff.js';
import { monotonic } from '../shared/clock.js';
import { ClsyncError } from '../shared/errors.js';
import { BACK_OFF, CHANGE_LIMIT } from './crew-terms.js';
import { Obstacle } from './ground/obstacle.js';
import type { Grounds } from './ground/grounds.js';
import type { Tell } from './ledger.js';
import type { Member } from './sandbox/roles.js';

export class Away {
  private readonly backoffs = new Map<Member, Backoff>();
  /** When they came back last. */
  private readonly since = new Map<Member, number>();
  private readonly waiting = new Set<Member>();
  private stopping = new AbortController();

  constructor(
    private readonly grounds: Grounds,
    private readonly tell: Tell,
    /** Starts it again. Throws ClsyncError. */
    private readonly join: (member: Member) => void,
  ) {}

  /** It has left for this reason, or could not be started. */
  left(member: Member, error: ClsyncError): void {
    const { signal } = this.stopping;
    this.waiting.add(member);
    this.bring(member, error, signal)
      .catch((why: unknown) => {
        if (!signal.aborted) throw why;
      })
      .finally(() => void (signal.aborted || this.waiting.delete(member)));
  }

  /** None comes back any more. */
  stop(): void {
    this.stopping.abort();
    this.stopping = new AbortController();
    this.waiting.clear();
  }

  /** Takes what is at the paths of those that wait; returns whether one does. */
  accept(): boolean {
    const lost = [...this.waiting].flatMap((member) => this.grounds.of(member) ?? []);
    const other = lost.filter(({ loss }) => loss !== undefined);
    for (const ground of other) ground.accept();
    return other.length > 0;
  }

  private async bring(member: Member, error: ClsyncError, signal: AbortSignal): Promise<void> {
    for (let why = error; ;) {
      await this.rest(member, why, signal);
      try {
        this.since.set(member, monotonic());
        return this.join(member);
      } catch (failure) {
        if (!(failure instanceof ClsyncError)) throw failure;
        why = failure;
      }
    }
  }

  /** What is not there says itself what it waits for. */
  private async rest(member: Member, error: ClsyncError, signal: AbortSignal): Promise<void> {
    const isGone = error instanceof Obstacle;
    const next = this.pauseOf(member);
    const pause = isGone ? Math.min(next, CHANGE_LIMIT) : next;
    const reason = error.what;
    this.tell({ kind: 'away', member, reason, ...(isGone ? {} : { pause }) });
    await delay(pause, undefined, { signal });
    await this.grounds.of(member)?.ready(signal);
  }

  private pauseOf(member: Member): number {
    const now = monotonic();
    const backoff =
      this.backoffs.get(member) ?? new Backoff(BACK_OFF.first, BACK_OFF.longest, Infinity);
    this.backoffs.set(member, backoff);
    if (now - (this.since.get(member) ?? now) > BACK_OFF.calm) backoff.reset();
    return backoff.next(now);
  }
}
