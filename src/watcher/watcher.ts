/**
 * The watcher's loop: look at events, go on with a walk, send what is dirty; in short turns, so
 * that the channels are served. Every finding, of an event or a walk, passes through `dispatch`.
 *
 * Whatever is missed or in doubt (an overflow, a directory that is not where the table says, a
 * watch the kernel refused) ends in a walk, and what a walk covers is dirty as a whole.
 */
import { ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { MONITORS } from '../shared/monitors.js';
import type { MonitorRow } from '../shared/monitors.js';
import { piecesOf } from '../shared/pieces.js';
import type { Piece } from '../shared/pieces.js';
import type { Report } from '../shared/report.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import { HardLinks } from './links/hard-links.js';
import { Found, Problem } from './monitor/findings.js';
import type { Finding } from './monitor/findings.js';
import { historyLines } from './monitor/history.js';
import { ROOT_NODE } from './monitor/monitor.js';
import type { Monitor } from './monitor/monitor.js';
import { Problems } from './monitor/problems.js';
import { Changes } from './outgoing/changes.js';
import { MADE, reported } from './outgoing/entries.js';
import type { Outbox } from './outgoing/outbox.js';
import type { Outgoing } from './outgoing/outgoing.js';
import { Timers } from './timers.js';
import { Displaced } from './walks/displaced.js';
import type { JobKind } from './walks/jobs.js';
import { Rescans } from './walks/rescans.js';
import { Walks } from './walks/walks.js';
import type { Cause } from './walks/walks.js';

/** Work of one turn: events looked at, directory entries walked. */
const BUDGET = { events: 1024, entries: 2048 } as const;
/** A walk waits while so much waits for credit; events are looked at always. */
const ENOUGH_PENDING = 16384;
/**
 * Milliseconds a directory that left the tree may take to turn up elsewhere before its watches are
 * given back.
 */
const GRACE = 100;

const FELL_BACK =
  'events came faster than they could be handed over one by one: the same events for the same path were merged';

export interface WatcherEvents {
  readonly report: Report;
  /** The initial walk is over. */
  watching(directories: number, milliseconds: number): void;
  rulesDone(): void;
  rootGone(): void;
  /** Events were lost, and that was not to be healed but to be the end (`--exit-on-sync-skip`). */
  eventsSkipped(): void;
  /** More directories than the kernel lets this user watch. */
  watchLimit(needed: number): void;
}

export class Watcher {
  private readonly counts = { overflows: 0, rescans: 0 };
  private readonly timers = new Timers();
  /** Undefined once the watch directory is gone. */
  private watched: Monitor | undefined;
  private readonly walks: Walks;
  private readonly rescans: Rescans;
  private readonly hardLinks: HardLinks;
  private readonly changes: Changes;
  private readonly displaced: Displaced;
  private readonly problems: Problems;
  private readonly limits: MonitorRow['limits'];
  private readonly probes: { readonly outbox: Outbox; readonly quiet: () => void }[] = [];
  /** What is to happen once, soon. */
  private readonly planned = { turn: false, sweep: false };
  private closed = false;

  /**
   * Watches the root and begins the initial walk. @param open throws when the root cannot be
   * watched.
   */
  constructor(
    private readonly settings: WatcherSettings,
    open: (wake: () => void) => Monitor,
    private readonly outgoing: Outgoing,
    private readonly events: WatcherEvents,
    private readonly now: () => number,
  ) {
    this.limits = MONITORS[settings.monitor].limits;
    this.problems = new Problems(events.report, this.limits.directories);
    this.changes = new Changes(settings, outgoing.pending, now);
    this.hardLinks = this.newHardLinks();
    this.displaced = this.newDisplaced();
    this.rescans = new Rescans({ timers: this.timers, now, rescan: () => this.rescan(ROOT) });
    this.walks = this.newWalks();
    this.watched = open(() => this.wake());
    this.walk(ROOT_NODE, 'initial');
  }

  get counters(): Readonly<Record<'directories' | 'pending' | 'overflows' | 'rescans', number>> {
    return {
      directories: this.watched?.directories ?? 0,
      pending: this.outgoing.pending.size,
      ...this.counts,
    };
  }

  /** For a dump: one line a fact, and the last raw events. */
  *describe(): Iterable<Piece> {
    const { pending, ...others } = this.counters;
    // What the executor has is in its own part of the dump.
    const facts = { 'not yet handed over': pending, ...others, displaced: this.displaced.size };
    yield* piecesOf(
      'watcher',
      Object.entries(facts).map(([name, value]) => `${name} ${value}\n`),
    );
    const { watched } = this;
    const epoch = Date.now() - this.now();
    const past = watched?.history() ?? [];
    yield* piecesOf(
      'events',
      historyLines(past, { epoch, pathOf: (node) => watched?.pathOf(node) }),
    );
  }

  setRules(rules: readonly Rule[]): void {
    this.watched?.setRules(rules);
    this.walk(ROOT_NODE, 'rules');
  }

  /** Tells the state of a subtree again; of the whole tree when the path is no directory in it. */
  rescan(path: BytePath): void {
    this.counts.rescans++;
    this.walk(this.watched?.nodeOf(path) ?? ROOT_NODE, 'rescan');
  }

  /**
   * Calls `quiet` when all that the kernel has reported so far has been looked at, and sent through
   * this outbox.
   */
  probe(outbox: Outbox, quiet: () => void): void {
    this.probes.push({ outbox, quiet });
    this.wake();
  }

  /** There is something to do: events, credit or an order. */
  wake(): void {
    if (this.planned.turn || this.closed) return;
    this.planned.turn = true;
    setImmediate(() => {
      this.planned.turn = false;
      if (!this.closed) this.turn();
    });
  }

  close(): void {
    this.closed = true;
    this.timers.clear();
    this.watched?.close();
    this.watched = undefined;
  }

  private get monitor(): Monitor {
    if (this.watched === undefined) throw new Error('the watch directory is gone');
    return this.watched;
  }

  private turn(): void {
    this.outgoing.flush();
    if (this.watched === undefined) return;
    const { findings, more } = this.monitor.events(BUDGET.events);
    for (const found of findings) this.dispatch(found, 'event');
    if (this.watched === undefined) return;
    if (!more) this.settle();
    const walking = this.outgoing.leastWaiting < ENOUGH_PENDING && this.walks.step(BUDGET.entries);
    this.outgoing.flush();
    if (more || walking) return this.wake();
    this.planSweep();
    this.answerProbes();
  }

  /** All events have been looked at: what could not be decided before may be now. */
  private settle(): void {
    this.displaced.revisit();
    if (this.monitor.idle) this.hardLinks.settled();
    if (this.walks.idle) this.hardLinks.look();
  }

  private walk(node: number, kind: JobKind, cause?: Cause): void {
    this.walks.add(node, kind, cause);
    this.wake();
  }

  /** What follows from a finding, whatever kind it is. */
  private dispatch(found: Finding, by: 'event' | 'walk'): void {
    switch (found.kind) {
      case Found.object:
        if (by === 'walk') return this.walks.onObject(found);
        return this.onChange(found);
      case Found.directory:
        return this.onDirectory(found);
      case Found.link:
        return this.walks.onLink(found);
      case Found.refused:
        return this.changes.refused(found);
      case Found.admitted:
        if (by === 'walk') return this.walks.onAdmitted(found);
        return this.changes.refusedIsGone(found);
      case Found.gone:
        return this.changes.gone(found);
      case Found.displaced:
        return this.displaced.add(found.target);
      case Found.forgotten:
        return this.onForgotten(found.target);
      case Found.walked:
        return this.walks.onWalked(found);
      case Found.problem:
        return this.onProblem(found);
      case Found.lost:
        return this.hardLinks.suspect(found);
      case Found.unnamed:
        return this.hardLinks.written(found);
      case Found.mounts:
        for (const looked of this.monitor.lookAtMounts(this.now())) this.dispatch(looked, by);
        return;
      case Found.overflow:
        return this.onOverflow();
      case Found.fellBack:
        return this.events.report('warning', FELL_BACK);
      case Found.rootGone:
        this.close();
        return this.events.rootGone();
    }
  }

  private onChange(found: Finding): void {
    this.hardLinks.note(found, 'now');
    this.changes.object(found);
  }

  /** A directory has come: all that is in it is told, at the end of a walk or on the way. */
  private onDirectory(found: Finding): void {
    // One that was moved here is as good as made here: what is in it is told as made, too.
    if (this.settings.detail === 'objects') this.onChange({ ...found, mask: MADE.directory });
    else this.hardLinks.note(found, 'now');
    const { mask, since, origin } = found;
    this.walk(found.target, 'directory', { mask: reported(mask), since, origin });
  }

  private onForgotten(node: number): void {
    this.displaced.forget(node);
    this.walks.forget(node);
    this.hardLinks.forget(node);
  }

  private onProblem(found: Finding): void {
    if (this.problems.note(found)) this.rescans.forUnwatched(() => this.problems.forgetUnwatched());
    if (found.detail === Problem.pathTooLong) this.changes.overlong(found);
  }

  private onInitialWalked(milliseconds: number): void {
    if (this.problems.watchLimitReached) return this.events.watchLimit(this.monitor.directories);
    this.events.watching(this.monitor.directories, Math.round(milliseconds));
  }

  private onOverflow(): void {
    this.counts.overflows++;
    if (this.settings.exitOnSyncSkip) return this.events.eventsSkipped();
    if (this.rescans.afterOverflow())
      this.events.report(
        'warning',
        `the kernel's event queue overflowed: everything is looked at again (${this.limits.events} makes it larger)`,
      );
  }

  private planSweep(): void {
    if (this.planned.sweep) return;
    this.planned.sweep = true;
    this.timers.after(GRACE, () => {
      this.planned.sweep = false;
      if (this.watched === undefined) return;
      if (this.walks.isActive) return this.planSweep();
      for (const found of this.monitor.sweep()) {
        this.dispatch(found, 'event');
        this.wake();
      }
    });
  }

  private answerProbes(): void {
    const idle = !this.rescans.isDue && this.walks.idle && this.hardLinks.idle && this.monitor.idle;
    if (idle) for (const { outbox, quiet } of this.probes.splice(0)) outbox.afterPending(quiet);
  }

  private newWalks(): Walks {
    const { settings, outgoing, hardLinks, now, events } = this;
    return new Walks({
      settings,
      pending: outgoing.pending,
      hardLinks,
      monitor: () => this.monitor,
      now,
      found: (found) => this.dispatch(found, 'walk'),
      initialWalked: (milliseconds) => this.onInitialWalked(milliseconds),
      rulesDone: () => events.rulesDone(),
    });
  }

  private newDisplaced(): Displaced {
    const { timers, now } = this;
    return new Displaced({
      timers,
      now,
      monitor: () => this.monitor,
      due: () => this.wake(),
      back: (node) => this.walk(node, 'directory'),
    });
  }

  private newHardLinks(): HardLinks {
    return new HardLinks({
      together: this.settings.trackHardLinks,
      monitor: () => this.monitor,
      now: this.now,
      after: (milliseconds, action) =>
        this.timers.after(milliseconds, () => void (this.watched !== undefined && action())),
      wake: () => this.wake(),
      dirty: (path) => {
        this.changes.linked(path);
        this.wake();
      },
    });
  }
}
