/**
 * Finds what has changed without an event, as a file that is mapped into memory and written there:
 * every directory is compared with what it was (comparisons.ts), every so often. Off unless
 * `--recheck-interval` is given.
 */
import { ObjectType } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';
import { changesAfter, digestOf } from './comparisons.js';
import type { ComparisonRound, Comparisons } from './comparisons.js';

/** Milliseconds by which the clock may fall behind in a round without having been set back. */
const STEP = 1000;

export interface RechecksContext {
  readonly timers: Pick<Timers, 'after'>;
  /** Milliseconds from the end of a round to the next; 0: there are none. */
  readonly interval: number;
  readonly comparisons: Pick<Comparisons, 'begin'>;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'nodes'> | undefined;
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** As `PollsContext` has it. */
  changed(node: number, changedSince: number): void;
}

export class Rechecks {
  /** By node; NaN: not known. */
  private readonly digests: number[] = [];
  private readonly since: number[] = [];
  /** When the last round began, and the time of `now` at which 1970 was then. */
  private began: number;
  private epoch: number;
  private wasSetBack = false;

  constructor(private readonly context: RechecksContext) {
    this.began = context.wall();
    this.epoch = this.began - context.now();
  }

  /** The initial walk is over: the first round, which only learns what there is, may begin. */
  start(): void {
    if (this.context.interval > 0) this.context.comparisons.begin(this.round());
  }

  /** The node no longer exists. */
  forget(node: number): void {
    if (node < this.digests.length) this.digests[node] = NaN;
  }

  private round(): ComparisonRound {
    const { context } = this;
    const [wall, nodes] = [context.wall(), context.monitor()?.nodes ?? 0];
    this.wasSetBack = wall - context.now() < this.epoch - STEP;
    this.epoch = wall - context.now();
    let node = 0;
    return {
      next: () => (node < nodes ? { node: node++, mayWatch: false } : undefined),
      take: (found) => this.take(found),
      over: () => {
        this.began = wall;
        context.timers.after(context.interval, () => context.comparisons.begin(this.round()));
      },
    };
  }

  private take({ target: node, type, since: latest, ...found }: Finding): void {
    if (type === ObjectType.absent) return this.forget(node);
    const wall = this.context.wall();
    const before = this.digests[node] ?? NaN;
    const digest = digestOf(found, latest, wall) ?? NaN;
    if (Number.isNaN(before)) {
      // It is new, or was changing: what it was is not known.
      const isOld = latest < this.began - TICK && !this.wasSetBack;
      if (!isOld) this.context.changed(node, this.wasSetBack ? 0 : this.began - TICK);
    } else if (before !== digest) this.context.changed(node, this.since[node] as number);
    while (this.digests.length <= node) {
      this.digests.push(NaN);
      this.since.push(0);
    }
    this.digests[node] = digest;
    this.since[node] = changesAfter(latest, wall);
  }
}
