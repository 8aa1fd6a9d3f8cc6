/**
 * Directories that the kernel gives no events of: those that got no watch, those that cannot be
 * opened, and those that other machines or processes change. They are compared with what they were,
 * in turn, and every so often; for at most a tenth of the time. Each time it is tried again to watch
 * them.
 */
import { constants } from 'node:os';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { Found, WATCHED } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Directory entries of one step. */
const BUDGET = 512;
/** Milliseconds of comparing before a pause. */
const TURN = 5;
/** Milliseconds of pause for each millisecond of comparing. */
const PAUSES = 9;
/** Most directories that cannot be opened; further ones are only looked at when they change. */
const MOST_CLOSED = 10_000;

export interface PollsContext {
  readonly timers: Timers;
  /** Milliseconds between two rounds. */
  readonly interval: number;
  /** Undefined once the watch directory is gone. */
  monitor(): Pick<Monitor, 'poll' | 'pollStep' | 'pollClosed'> | undefined;
  now(): number;
  /** What is directly in the directory has changed, some of it since then (as `Job` has it). */
  changed(node: number, changedSince: number): void;
  /** What was found where a directory could not be opened before. */
  found(finding: Finding): void;
}

interface Known {
  /** Undefined: it has not been compared yet. */
  readonly digest: number | undefined;
  /** Milliseconds since 1970: the latest change of a file in it. */
  readonly latest: number;
}

export class Polls {
  private readonly known = new Map<number, Known>();
  /** Those that change without events, whether watched or not. */
  private readonly silent = new Set<number>();
  private readonly closed = new Set<BytePath>();
  private isPlanned = false;
  private round:
    { readonly nodes: Iterator<number>; readonly paths: Iterator<BytePath> } | undefined;
  private mayWatch = true;
  private isComparing = false;

  constructor(private readonly context: PollsContext) {}

  /** How many directories have no watch. */
  get unwatched(): number {
    return this.known.size - this.silent.size;
  }

  /** A directory has no watch. */
  add(node: number): void {
    if (!this.known.has(node))
      this.known.set(node, { digest: undefined, latest: Date.now() - TICK });
    this.plan();
  }

  /** There are no events of some changes of a directory. */
  addSilent(node: number): void {
    this.add(node);
    this.silent.add(node);
  }

  /** A directory cannot be opened. */
  addClosed(path: BytePath): void {
    if (this.closed.size < MOST_CLOSED) this.closed.add(path);
    this.plan();
  }

  /** The node no longer exists. */
  forget(node: number): void {
    this.known.delete(node);
    this.silent.delete(node);
  }

  private plan(): void {
    const { timers, interval } = this.context;
    if (this.isPlanned || this.round !== undefined || this.known.size + this.closed.size === 0)
      return;
    this.isPlanned = true;
    timers.after(interval, () => {
      this.isPlanned = false;
      this.round = { nodes: [...this.known.keys()].values(), paths: [...this.closed].values() };
      this.mayWatch = true;
      this.turn();
    });
  }

  private turn(): void {
    const { monitor, timers, now } = this.context;
    const began = now();
    while (now() - began < TURN)
      if (monitor() === undefined || !this.step()) {
        this.round = undefined;
        return this.plan();
      }
    timers.after((now() - began) * PAUSES, () => this.turn());
  }

  /** Returns whether something is left to do. */
  private step(): boolean {
    const monitor = this.context.monitor();
    if (this.isComparing && monitor !== undefined) {
      const { findings, more } = monitor.pollStep(BUDGET);
      this.isComparing = more;
      for (const found of findings) if (found.kind === Found.polled) this.take(found);
      return true;
    }
    return this.nextNode() || this.nextPath();
  }

  private nextNode(): boolean {
    const next = this.round?.nodes.next();
    if (next === undefined || next.done === true) return false;
    if (!this.known.has(next.value)) return true;
    this.context.monitor()?.poll(next.value, this.mayWatch);
    this.isComparing = true;
    return true;
  }

  private nextPath(): boolean {
    const { monitor, now, found } = this.context;
    const next = this.round?.paths.next();
    if (next === undefined || next.done === true) return false;
    const findings = [...(monitor()?.pollClosed(next.value, now()) ?? [])];
    // It may be closed again, which is another finding.
    if (findings.length > 0) this.closed.delete(next.value);
    for (const finding of findings) found(finding);
    return true;
  }

  private take({ target: node, type, detail, errno, since: latest, ...found }: Finding): void {
    const before = this.known.get(node);
    // When it is elsewhere or gone, the directory above has changed.
    if (before === undefined || type === ObjectType.absent) return;
    if (errno === constants.errno.ENOSPC) this.mayWatch = false;
    // What is in a tick of the clock may change once more without a difference in time.
    const digest = Math.abs(Date.now() - latest) < TICK ? undefined : digestOf(found);
    if (digest === undefined || before.digest !== digest) this.context.changed(node, before.latest);
    if (detail === WATCHED && !this.silent.has(node)) this.known.delete(node);
    else this.known.set(node, { digest, latest });
  }
}

/** 53 of its 64 bits. */
function digestOf({
  signatureLow,
  signatureHigh,
}: Pick<Finding, 'signatureLow' | 'signatureHigh'>): number {
  return signatureLow + (signatureHigh & 0x1fffff) * 2 ** 32;
}
