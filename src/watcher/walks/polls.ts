/**
 * Directories that the kernel gives no events of: those that got no watch, those that cannot be
 * opened or read to their end, and those that other machines or processes change. They are compared
 * with what they were, in turn, and every so often (comparisons.ts). Each time it is tried again to
 * watch them.
 */
import { constants } from 'node:os';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { WATCHED } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';
import { changesAfter, digestOf } from './comparisons.js';
import type { ComparisonRound, Comparisons } from './comparisons.js';

/** Most directories that cannot be opened; further ones are only looked at when they change. */
const MOST_CLOSED = 10_000;

export interface PollsContext {
  readonly timers: Timers;
  /** Milliseconds between two rounds. */
  readonly interval: number;
  readonly comparisons: Comparisons;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'pollClosed'> | undefined;
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** What is directly in the directory has changed, some of it since then (as `Job` has it). */
  changed(node: number, changedSince: number): void;
  /** What was found where a directory could not be opened before. */
  found(finding: Finding): void;
}

interface Known {
  /** Undefined: it has not been compared yet. */
  readonly digest: number | undefined;
  /** As `Job.changedSince`: what has changed since it was compared. */
  readonly since: number;
}

export class Polls {
  private readonly known = new Map<number, Known>();
  /** Those that change without events, whether watched or not. */
  private readonly silent = new Set<number>();
  /** Those that could not be read to their end, whether watched or not. */
  private readonly unread = new Set<number>();
  private readonly closed = new Set<BytePath>();
  private isPlanned = false;
  private isUnderWay = false;
  private mayWatch = true;

  constructor(private readonly context: PollsContext) {}

  /** How many directories have no watch. */
  get unwatched(): number {
    const others = [...this.unread].filter((node) => !this.silent.has(node));
    return this.known.size - this.silent.size - others.length;
  }

  /** A directory has no watch. */
  add(node: number): void {
    if (!this.known.has(node))
      this.known.set(node, { digest: undefined, since: this.context.wall() - TICK });
    this.plan();
  }

  /** There are no events of some changes of a directory. */
  addSilent(node: number): void {
    this.add(node);
    this.silent.add(node);
  }

  /** A directory could not be read to its end: what is in it may not be known, however old. */
  addUnread(node: number): void {
    this.known.set(node, { digest: undefined, since: 0 });
    this.unread.add(node);
    this.plan();
  }

  /** A directory cannot be opened. */
  addClosed(path: BytePath): void {
    if (this.closed.size < MOST_CLOSED) this.closed.add(path);
    this.plan();
  }

  /** Whether a directory is compared. */
  has(node: number): boolean {
    return this.known.has(node);
  }

  /** The node no longer exists. */
  forget(node: number): void {
    this.known.delete(node);
    this.silent.delete(node);
    this.unread.delete(node);
  }

  private plan(): void {
    const { timers, interval, comparisons } = this.context;
    if (this.isPlanned || this.isUnderWay || this.known.size + this.closed.size === 0) return;
    this.isPlanned = true;
    timers.after(interval, () => {
      this.isPlanned = false;
      comparisons.begin(this.round());
    });
  }

  private round(): ComparisonRound {
    const nodes = [...this.known.keys()].values();
    const paths = [...this.closed].values();
    this.mayWatch = true;
    this.isUnderWay = true;
    return {
      next: () => this.nextNode(nodes) ?? this.nextPath(paths),
      take: (found) => this.take(found),
      over: () => {
        this.isUnderWay = false;
        this.plan();
      },
    };
  }

  private nextNode(nodes: Iterator<number>): ReturnType<ComparisonRound['next']> {
    const next = nodes.next();
    if (next.done === true) return undefined;
    return this.known.has(next.value) ? { node: next.value, mayWatch: this.mayWatch } : 'none';
  }

  private nextPath(paths: Iterator<BytePath>): ReturnType<ComparisonRound['next']> {
    const { monitor, now, found } = this.context;
    const next = paths.next();
    if (next.done === true) return undefined;
    const findings = [...(monitor()?.pollClosed(next.value, now()) ?? [])];
    // It may be closed again, which is another finding.
    if (findings.length > 0) this.closed.delete(next.value);
    for (const finding of findings) found(finding);
    return 'none';
  }

  private take({ target: node, type, detail, errno, since: latest, ...found }: Finding): void {
    const before = this.known.get(node);
    // When it is elsewhere or gone, the directory above has changed.
    if (before === undefined || type === ObjectType.absent) return;
    // The walk that follows says so again, if it has to.
    this.unread.delete(node);
    if (errno === constants.errno.ENOSPC) this.mayWatch = false;
    const wall = this.context.wall();
    const digest = digestOf(found, latest, wall);
    if (digest === undefined || before.digest !== digest) this.context.changed(node, before.since);
    if (detail === WATCHED && !this.silent.has(node)) this.known.delete(node);
    else this.known.set(node, { digest, since: changesAfter(latest, wall) });
  }
}
