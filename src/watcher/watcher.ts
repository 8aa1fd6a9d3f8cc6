/**
 * The watcher's loop: look at events, go on with a walk, send what is dirty; in short turns, so
 * that the channels are served.
 *
 * Whatever is lost or in doubt (an overflow, a directory that is not where the table says, a watch
 * the kernel refused) ends in a walk, and what a walk covers is dirty as a whole.
 */
import { ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag, ObjectType } from '../shared/entry.js';
import { MONITORS } from '../shared/monitors.js';
import type { MonitorRow } from '../shared/monitors.js';
import type { Report } from '../shared/report.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import { Backoff } from '../shared/backoff.js';
import type { Pending } from './outgoing/dirty-set.js';
import { Displaced } from './walks/displaced.js';
import {
  entryOfEvent,
  goneEntry,
  linkedEntry,
  MADE,
  overlongEntry,
  refusedEntry,
  vanishedRefusedEntry,
} from './outgoing/entries.js';
import { CONTENT, Found, Problem } from './monitor/findings.js';
import type { Finding } from './monitor/findings.js';
import { HardLinks } from './links/hard-links.js';
import type { JobKind } from './walks/jobs.js';
import { ROOT_NODE } from './monitor/monitor.js';
import type { Monitor } from './monitor/monitor.js';
import type { Outbox } from './outgoing/outbox.js';
import { Problems } from './monitor/problems.js';
import { Signatures } from './outgoing/signatures.js';
import { Timers } from './timers.js';
import { Walks } from './walks/walks.js';

/** Work of one turn: events looked at, directory entries walked. */
const BUDGET = { events: 1024, entries: 2048 } as const;
/** A walk waits while so many entries wait for credit; events are looked at always. */
const ENOUGH_PENDING = 16384;
/**
 * Milliseconds a directory that left the tree may take to turn up elsewhere before its watches are
 * given back.
 */
const GRACE = 100;

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
  private readonly hardLinks: HardLinks;
  private readonly signatures: Signatures | undefined;
  private readonly displaced: Displaced;
  private readonly problems: Problems;
  private readonly limits: MonitorRow['limits'];
  private readonly probes: (() => void)[] = [];
  private readonly overflowDelay = new Backoff(50, 5_000);
  private readonly retryDelay = new Backoff(5_000, 60_000);
  /** What is to happen once, soon. */
  private readonly planned = { turn: false, rescan: false, sweep: false };
  private closed = false;

  /**
   * Watches the root and begins the initial walk. @param open throws when the root cannot be
   * watched.
   */
  constructor(
    private readonly settings: WatcherSettings,
    open: (wake: () => void) => Monitor,
    private readonly pending: Pending,
    private readonly outbox: Outbox,
    private readonly events: WatcherEvents,
    private readonly now: () => number,
  ) {
    this.limits = MONITORS[settings.monitor].limits;
    this.problems = new Problems(events.report, this.limits.directories);
    this.signatures = settings.modificationSignature.length > 0 ? new Signatures() : undefined;
    this.hardLinks = this.newHardLinks();
    this.displaced = this.newDisplaced();
    this.walks = this.newWalks();
    this.watched = open(() => this.wake());
    this.walk(ROOT_NODE, 'initial');
  }

  get counters(): Readonly<Record<'directories' | 'pending' | 'overflows' | 'rescans', number>> {
    return {
      directories: this.watched?.directories ?? 0,
      pending: this.pending.size,
      ...this.counts,
    };
  }

  /** For a dump: one line a fact. */
  describe(): string {
    const { pending, ...others } = this.counters;
    // What the executor has is in its own part of the dump.
    const facts = { 'not yet handed over': pending, ...others, displaced: this.displaced.size };
    return Object.entries(facts)
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
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

  /** Calls `quiet` when all that the kernel has reported so far has been looked at and sent. */
  probe(quiet: () => void): void {
    this.probes.push(quiet);
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
    this.outbox.flush();
    if (this.watched === undefined) return;
    const { findings, more } = this.monitor.events(BUDGET.events);
    for (const found of findings) this.onEvent(found);
    if (this.watched === undefined) return;
    if (!more) this.settle();
    const walking = this.pending.size < ENOUGH_PENDING && this.walks.step(BUDGET.entries);
    this.outbox.flush();
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

  private walk(node: number, kind: JobKind, mask?: number, since?: number): void {
    this.walks.add(node, kind, 0, mask, since);
    this.wake();
  }

  private onEvent(found: Finding): void {
    switch (found.kind) {
      case Found.object:
        return this.onChange(found);
      case Found.directory: {
        const { mask, since } = entryOfEvent(found, 0);
        // One that was moved here is as good as made here: what is in it is told as made, too.
        if (this.settings.detail === 'objects') this.onChange({ ...found, mask: MADE.directory });
        else this.hardLinks.note(found, 'now');
        return this.walk(found.target, 'directory', mask, since);
      }
      case Found.admitted:
        return this.pending.add(vanishedRefusedEntry(found.path, found.since));
      case Found.overflow:
        return this.onOverflow();
      case Found.lost:
        return this.hardLinks.suspect(found);
      case Found.unnamed:
        return this.hardLinks.written(found);
      case Found.fellBack:
        return this.events.report(
          'warning',
          'events came faster than they could be handed over one by one: the same events for the same path were merged',
        );
      case Found.mounts:
        for (const looked of this.monitor.lookAtMounts(this.now())) this.onEvent(looked);
        return;
      case Found.rootGone:
        this.close();
        return this.events.rootGone();
      default:
        return this.onAnywhere(found);
    }
  }

  /** What events and walks report alike. */
  private onAnywhere(found: Finding): void {
    switch (found.kind) {
      case Found.refused:
        if (this.settings.detail !== 'recursive') return;
        return this.pending.add(
          refusedEntry(
            found.path,
            this.now(),
            found.detail === CONTENT ? EntryFlag.contentRefused : EntryFlag.refused,
          ),
        );
      case Found.gone:
        this.signatures?.forget(found.path);
        return this.pending.add(goneEntry(found.path, this.now()));
      case Found.displaced:
        return this.displaced.add(found.target);
      case Found.problem:
        if (this.problems.note(found)) this.planRetry();
        if (
          found.detail === Problem.pathTooLong &&
          found.path !== ROOT &&
          this.settings.detail === 'recursive'
        )
          this.pending.add(overlongEntry(found.path, this.now()));
        return;
      case Found.forgotten:
        this.displaced.forget(found.target);
        this.walks.forget(found.target);
        return this.hardLinks.forget(found.target);
    }
  }

  private onChange(found: Finding): void {
    this.hardLinks.note(found, 'now');
    if (this.signatures !== undefined && !this.hasChanged(this.signatures, found)) return;
    const entry = entryOfEvent(found, this.settings.bigFileThreshold);
    // A directory that is gone says it of all that was in it, to who takes directories whole.
    this.pending.add(
      found.type === ObjectType.absent && this.settings.detail === 'recursive'
        ? { ...entry, implied: true }
        : entry,
    );
  }

  private hasChanged(signatures: Signatures, found: Finding): boolean {
    if (found.type !== ObjectType.absent)
      return signatures.changed(found.path, found.signatureLow, found.signatureHigh);
    signatures.forget(found.path);
    return true;
  }

  private onInitialWalked(milliseconds: number): void {
    if (this.problems.watchLimitReached) return this.events.watchLimit(this.monitor.directories);
    this.events.watching(this.monitor.directories, Math.round(milliseconds));
  }

  private onOverflow(): void {
    this.counts.overflows++;
    if (this.settings.exitOnSyncSkip) return this.events.eventsSkipped();
    if (this.planned.rescan) return;
    this.planned.rescan = true;
    this.events.report(
      'warning',
      `the kernel's event queue overflowed: everything is looked at again (${this.limits.events} makes it larger)`,
    );
    this.timers.after(this.overflowDelay.next(this.now()), () => {
      this.planned.rescan = false;
      this.rescan(ROOT);
    });
  }

  /** Some directories are not watched: try again from time to time. */
  private planRetry(): void {
    this.timers.after(this.retryDelay.next(this.now()), () => {
      this.problems.forgetUnwatched();
      this.rescan(ROOT);
    });
  }

  private planSweep(): void {
    if (this.planned.sweep) return;
    this.planned.sweep = true;
    this.timers.after(GRACE, () => {
      this.planned.sweep = false;
      if (this.watched === undefined) return;
      if (this.walks.active) return this.planSweep();
      for (const found of this.monitor.sweep()) {
        this.onAnywhere(found);
        this.wake();
      }
    });
  }

  private answerProbes(): void {
    const busy =
      this.planned.rescan || !this.walks.idle || !this.hardLinks.idle || !this.monitor.idle;
    if (busy) return;
    for (const quiet of this.probes.splice(0)) this.outbox.afterPending(quiet);
  }

  private newWalks(): Walks {
    const { settings, pending, hardLinks, now, events } = this;
    return new Walks({
      settings,
      pending,
      hardLinks,
      monitor: () => this.monitor,
      now,
      found: (found) => this.onAnywhere(found),
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
        this.pending.add(linkedEntry(path, this.now()));
        this.wake();
      },
    });
  }
}
