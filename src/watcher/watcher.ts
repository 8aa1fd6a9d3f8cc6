/**
 * The watcher's loop: look at events, go on with a walk, send what is dirty; in short turns, so
 * that the channels are served. Every finding, of an event or a walk, passes through `dispatch`.
 *
 * Where something was missed or is in doubt (an overflow, a displaced directory, a watch that the
 * kernel refused), the watcher walks, and everything that the walk covers becomes dirty.
 */
import type { BytePath } from '../shared/bytes.js';
import { MONITORS } from '../shared/monitors.js';
import type { Piece } from '../shared/pieces.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import { describeWatcher } from './dump.js';
import type { Counters } from './dump.js';
import type { WatcherEvents } from './events.js';
import { Loop } from './loop.js';
import { Found, NONE, Problem } from './monitor/findings.js';
import type { Finding } from './monitor/findings.js';
import { ROOT_NODE } from './monitor/monitor.js';
import type { Monitor } from './monitor/monitor.js';
import { Problems } from './monitor/problems.js';
import { Changes } from './outgoing/changes.js';
import { MADE, reported } from './outgoing/entries.js';
import type { Outbox } from './outgoing/outbox.js';
import type { Outgoing } from './outgoing/outgoing.js';
import { Parts } from './parts.js';
import { Probes } from './probes.js';
import { eventInWords, placeInWords } from './trace.js';
import type { JobKind } from './walks/jobs.js';
import type { Cause } from './walks/walks.js';

/** Limits of one turn: events looked at, directory entries walked, names of inodes told. */
const BUDGET = { events: 1024, entries: 2048, names: 4096 } as const;
/**
 * Walks pause, and names of inodes wait, while this many items (as `sizeOf` counts) wait for
 * credit. Events are always looked at.
 */
const ENOUGH_PENDING = 16384;

export class Watcher {
  private readonly counts = { overflows: 0, rescans: 0, events: 0 };
  /** Undefined once the watch directory is gone. */
  private watched: Monitor | undefined;
  private readonly changes: Changes;
  private readonly parts: Parts;
  private readonly problems: Problems;
  private readonly probes = new Probes();
  private readonly loop = new Loop(() => this.turn());

  /**
   * Watches the root and begins the initial walk.
   * @param open throws when the root cannot be watched
   */
  constructor(
    private readonly settings: WatcherSettings,
    open: (wake: () => void) => Monitor,
    private readonly outgoing: Outgoing,
    private readonly events: WatcherEvents,
    private readonly now: () => number,
  ) {
    this.changes = new Changes(settings, outgoing.pending, now);
    this.parts = this.newParts();
    this.watched = open(() => this.wake());
    const { limits } = MONITORS[this.watched.source];
    this.problems = new Problems(events.report, limits, settings.pollInterval);
    this.problems.mounted(this.watched);
    this.parts.mounted.begin();
    this.walk(ROOT_NODE, 'initial');
  }

  get counters(): Counters {
    const directories = this.watched?.directories ?? 0;
    return { directories, pending: this.outgoing.pending.size, ...this.counts };
  }

  describe(): Iterable<Piece> {
    const epoch = Date.now() - this.now();
    return describeWatcher(this.counters, this.parts.displaced.size, this.watched, epoch);
  }

  setRules(rules: readonly Rule[]): void {
    this.watched?.setRules(rules);
    this.walk(ROOT_NODE, 'rules');
  }

  /**
   * Walks a directory and reports all of it again; the whole tree when the path is no directory in
   * it.
   */
  rescan(path: BytePath): void {
    this.counts.rescans++;
    this.walk(this.watched?.nodeOf(path) ?? ROOT_NODE, 'rescan');
  }

  /** An executor has joined those that there are: everything is reported to it. */
  join(outbox: Outbox): void {
    this.parts.walks.join(outbox);
    this.wake();
  }

  /**
   * Calls `quiet` when all events that the kernel has reported so far are looked at, and the
   * entries made of them are sent through this outbox.
   */
  probe(outbox: Outbox, quiet: () => void): void {
    // A round that is under way may have read its last before.
    this.probes.add(outbox, quiet, (this.watched?.rounds.read ?? 0) + 1);
    this.wake();
  }

  /** Plans a turn: there are events, or an order of the master. */
  wake(): void {
    this.loop.wake();
  }

  /** An executor has taken some of what waits: walks and names of inodes may go on. */
  relieved(): void {
    this.events.counted();
    if (!this.parts.walks.idle || this.parts.hardLinks.hasNames) this.wake();
  }

  close(): void {
    this.loop.end();
    this.parts.timers.clear();
    this.watched?.close();
    this.watched = undefined;
  }

  private get monitor(): Monitor {
    if (this.watched === undefined) throw new Error('the watch directory is gone');
    return this.watched;
  }

  private get mayAdd(): boolean {
    return this.outgoing.leastWaiting < ENOUGH_PENDING;
  }

  private get mayWalk(): boolean {
    const { idle, waiting } = this.parts.walks;
    return !idle && waiting < ENOUGH_PENDING && this.mayAdd && !this.outgoing.listings?.isFull;
  }

  private get mayTellNames(): boolean {
    return this.parts.hardLinks.hasNames && this.mayAdd;
  }

  private turn(): boolean {
    this.events.counted();
    this.outgoing.flush();
    if (this.watched === undefined) return false;
    const { findings, more } = this.monitor.events(BUDGET.events);
    const isTraced = this.events.isShown('debug3');
    for (const found of this.changes.withOrigins([...findings])) {
      if (isTraced) this.events.report('debug3', eventInWords(found));
      this.counts.events++;
      this.dispatch(found, 'event');
    }
    if (this.watched === undefined) return false;
    if (!more) this.settle();
    if (this.mayWalk) this.parts.walks.step(BUDGET.entries);
    if (this.mayTellNames) this.parts.hardLinks.step(BUDGET.names);
    this.outgoing.flush();
    // What held them up may have been sent just now.
    if (this.mayWalk || this.mayTellNames) return true;
    if (more) {
      // In a tree that never rests: what came before may have been looked at.
      if (this.parts.displaced.size === 0) this.answerProbes();
      return true;
    }
    // Only now: the end of a walk, too, may want a search.
    if (this.parts.walks.idle) this.parts.hardLinks.look();
    this.parts.sweeps.plan();
    this.problems.unwatched(this.parts.polls.unwatched, this.monitor.directories);
    this.answerProbes();
    return false;
  }

  /** No event is left: decides what had to wait for later events. */
  private settle(): void {
    this.parts.displaced.revisit();
    if (this.monitor.idle) this.parts.hardLinks.settled();
  }

  private walk(node: number, kind: JobKind, cause?: Partial<Cause>): void {
    if (this.events.isShown('debug2'))
      this.events.report('debug2', `walk: ${kind} of ${placeInWords(this.watched?.pathOf(node))}`);
    this.parts.walks.add(node, kind, cause);
    this.wake();
  }

  /** Passes a finding to the part that handles its kind. */
  private dispatch(found: Finding, by: 'event' | 'walk'): void {
    switch (found.kind) {
      case Found.object:
        if (by === 'walk') return this.parts.walks.onObject(found);
        return this.onChange(found);
      case Found.directory:
        return this.onDirectory(found);
      case Found.link:
        return this.parts.walks.onLink(found);
      case Found.refused:
        return this.changes.refused(found);
      case Found.released:
        if (by === 'walk') return this.parts.walks.onReleased(found);
        return this.changes.refusedIsGone(found);
      case Found.gone:
        return this.changes.gone(found);
      case Found.displaced:
        return this.parts.displaced.add(found.target);
      case Found.forgotten:
        return this.parts.forget(found.target);
      case Found.listing:
        return this.parts.walks.onListing(found);
      case Found.signature:
        return this.changes.listed(found);
      case Found.walked:
        return this.parts.walks.onWalked(found);
      case Found.problem:
        return this.onProblem(found);
      case Found.unidentified:
        return this.parts.hardLinks.suspect(found);
      case Found.unnamed:
        return this.parts.hardLinks.written(found);
      case Found.mounts:
        this.parts.mounted.changed();
        return this.problems.mounted(this.monitor);
      case Found.crowd:
        return this.parts.crowd(found);
      case Found.overflow:
        return this.onOverflow();
      case Found.fellBack:
        return this.problems.fellBack();
      case Found.rootGone:
        this.close();
        return this.events.rootGone();
      case Found.nobody:
        throw new Error('the process that tells where directories are has ended');
    }
  }

  private onChange(found: Finding): void {
    this.changes.object(found, this.parts.hardLinks.note(found, 'now'));
  }

  /**
   * A directory has appeared: a walk reports what is in it, object by object or as a whole at its
   * end.
   */
  private onDirectory(found: Finding): void {
    // A directory that was moved here is reported as created, like the objects in it.
    if (this.settings.detail === 'objects') this.onChange({ ...found, mask: MADE.directory });
    else this.parts.hardLinks.note(found, 'now');
    const { mask, since, origin } = found;
    if (origin !== undefined) this.changes.moved(found);
    // A walk that compares has no event of it.
    const cause = since === 0 ? {} : { mask: reported(mask), since, origin };
    this.walk(found.target, 'directory', cause);
  }

  private onProblem(found: Finding): void {
    const { detail, target, path } = found;
    this.problems.note(found);
    if (detail === Problem.watch && target !== NONE) this.parts.polls.add(target);
    if (detail === Problem.silent) this.parts.polls.addSilent(target);
    if (detail === Problem.list) this.parts.polls.addUnread(target);
    if (detail === Problem.open) this.parts.polls.addClosed(path);
    if (detail === Problem.pathTooLong) this.changes.overlong(found);
  }

  private onOverflow(): void {
    this.counts.overflows++;
    if (this.settings.exitOnSyncSkip) return this.events.eventsSkipped();
    if (this.parts.rescans.afterOverflow()) this.problems.overflowed();
  }

  private answerProbes(): void {
    const idle = !this.parts.rescans.isDue && this.parts.walks.idle && this.parts.hardLinks.idle;
    if (!idle || this.probes.isEmpty) return;
    this.probes.answer(this.monitor.answered, this.parts.crowds);
  }

  private newParts(): Parts {
    const { settings, outgoing, events, changes, now } = this;
    return new Parts({
      settings,
      outgoing,
      events,
      changes,
      now,
      watched: () => this.watched,
      dispatch: (found, by) => this.dispatch(found, by),
      walk: (node, kind, cause) => this.walk(node, kind, cause),
      rescan: (path) => this.rescan(path),
      initialWalked: (milliseconds) => {
        events.watching(this.monitor, Math.round(milliseconds));
        this.parts.rechecks.start();
      },
      wake: () => this.wake(),
    });
  }
}
