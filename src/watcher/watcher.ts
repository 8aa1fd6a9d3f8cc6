/**
 * The watcher's loop: look at events, go on with a walk, send what is dirty; in short turns, so that the channels are served.
 *
 * Whatever is lost or in doubt (an overflow, a directory that is not where the table says, a watch the kernel refused) ends in a walk,
 * and what a walk covers is dirty as a whole.
 */
import { ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag, ObjectType } from '../shared/entry.js';
import type { Report } from '../shared/report.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import { Backoff } from './backoff.js';
import type { Pending } from './dirty-set.js';
import { entryOfEvent, entryOfWalk, entryOfWhole, linkedEntry, MADE, refusedEntry, vanishedRefusedEntry } from './entries.js';
import { Found, NONE } from './findings.js';
import type { Finding } from './findings.js';
import { HardLinks } from './hard-links.js';
import type { Telling } from './hard-links.js';
import { Jobs } from './jobs.js';
import type { Job, JobKind } from './jobs.js';
import { ROOT_NODE, WalkOption } from './monitor/monitor.js';
import type { Monitor } from './monitor/monitor.js';
import type { Outbox } from './outbox.js';
import { Problems } from './problems.js';
import { Root } from './root.js';
import { Signatures } from './signatures.js';
import { Timers } from './timers.js';

/** Work of one turn: events looked at, directory entries walked. */
const BUDGET = { events: 1024, entries: 2048 } as const;
/** A walk waits while so many entries wait for credit; events are looked at always. */
const ENOUGH_PENDING = 16384;
/** Milliseconds a directory that left the tree may take to turn up elsewhere before its watches are given back. */
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
  private readonly root: Root;
  private jobs = new Jobs();
  private readonly hardLinks: HardLinks | undefined;
  private readonly signatures: Signatures | undefined;
  private readonly displaced = new Set<number>();
  private readonly problems: Problems;
  private readonly probes: (() => void)[] = [];
  private readonly overflowDelay = new Backoff(50, 5_000);
  private readonly awayDelay = new Backoff(20, 2_000);
  private readonly retryDelay = new Backoff(5_000, 60_000);
  /** What is to happen once, soon. */
  private readonly planned = { turn: false, rescan: false, visit: false, sweep: false };
  private closed = false;
  private walkBegan = 0;

  /** Watches the root and begins the initial walk. @param open throws when the root cannot be watched. */
  constructor(
    private readonly settings: WatcherSettings,
    open: (rules: readonly Rule[], wake: () => void) => Monitor,
    private readonly pending: Pending,
    private readonly outbox: Outbox,
    private readonly events: WatcherEvents,
    private readonly now: () => number,
  ) {
    this.problems = new Problems(events.report);
    this.signatures = settings.modificationSignature.length > 0 ? new Signatures() : undefined;
    this.hardLinks = settings.trackHardLinks ? this.newHardLinks() : undefined;
    this.root = new Root(settings, settings.rules, open, this.timers, {
      report: events.report,
      wake: () => this.wake(),
      rootGone: () => events.rootGone(),
      returned: () => this.beginAnew(),
    });
    this.addJob(ROOT_NODE, 'initial', 0);
  }

  get counters(): Readonly<Record<'directories' | 'pending' | 'overflows' | 'rescans', number>> {
    return { directories: this.root.monitor?.directories ?? 0, pending: this.pending.size, ...this.counts };
  }

  /** For a dump: one line a fact. */
  describe(): string {
    const facts = { ...this.counters, displaced: this.displaced.size };
    return Object.entries(facts)
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  }

  setRules(rules: readonly Rule[]): void {
    this.root.setRules(rules);
    this.addJob(ROOT_NODE, 'rules', 0);
  }

  /** Tells the state of a subtree again; of the whole tree when the path is no directory in it. */
  rescan(path: BytePath): void {
    this.counts.rescans++;
    this.addJob(this.root.monitor?.nodeOf(path) ?? ROOT_NODE, 'rescan', 0);
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
    this.root.close();
  }

  private get monitor(): Monitor {
    if (this.root.monitor === undefined) throw new Error('the watch directory is gone');
    return this.root.monitor;
  }

  private turn(): void {
    this.outbox.flush();
    if (this.root.monitor === undefined) return;
    const { findings, more } = this.monitor.events(BUDGET.events);
    for (const found of findings) this.onEvent(found);
    if (this.root.monitor === undefined) return;
    if (!more) this.settle();
    const walking = this.pending.size < ENOUGH_PENDING && this.step();
    this.outbox.flush();
    if (more || walking) return this.wake();
    this.planSweep();
    this.answerProbes();
  }

  /** All events have been looked at: what could not be decided before may be now. */
  private settle(): void {
    this.revisit();
    if (this.jobs.idle) this.hardLinks?.look();
  }

  /** Goes on with the walk, or begins the next; returns whether there is more of it to do. */
  private step(): boolean {
    const job = this.jobs.active ?? this.begin();
    if (job === undefined) return false;
    for (const found of this.monitor.step(BUDGET.entries).findings) this.onWalk(found, job);
    return !this.jobs.idle;
  }

  private begin(): Job | undefined {
    const job = this.jobs.next();
    if (job === undefined) return undefined;
    this.walkBegan = this.now();
    if (isWhole(job)) this.hardLinks?.reset();
    this.monitor.walk(job.node, this.walkOptions(job.kind));
    return job;
  }

  private walkOptions(kind: JobKind): number {
    if (kind === 'rules') return WalkOption.changedRules;
    const initial = kind === 'initial';
    const objects = this.settings.detail === 'objects' && !(initial && this.settings.skipInitial);
    return (objects ? WalkOption.objects : 0) | (initial && this.settings.fullInitial ? WalkOption.ignoreRules : 0);
  }

  private addJob(node: number, kind: JobKind, flags: number, mask: number = MADE.directory, since = this.now()): void {
    this.jobs.add({ node, kind, mask, since, flags });
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
        return this.addJob(found.target, 'directory', 0, mask, since);
      }
      case Found.admitted:
        return this.pending.add(vanishedRefusedEntry(found.path, found.since));
      case Found.overflow:
        return this.onOverflow();
      case Found.fellBack:
        return this.events.report('warning', 'events came faster than they could be handed over one by one: the same events for the same path were merged');
      case Found.rootGone:
        return this.root.lost();
      default:
        return this.onAnywhere(found, this.now());
    }
  }

  private onWalk(found: Finding, job: Job): void {
    const now = this.now();
    const flags = job.kind === 'initial' || job.kind === 'rescan' ? EntryFlag.initial : job.flags;
    switch (found.kind) {
      case Found.object:
        this.hardLinks?.note(found, this.telling(job));
        return this.pending.add(entryOfWalk(found, this.settings.bigFileThreshold, flags, now));
      case Found.link:
        return this.hardLinks?.note(found, this.telling(job));
      case Found.admitted:
        return this.onAdmitted(found, now);
      case Found.walked:
        return this.onWalked(found, job, flags);
      default:
        return this.onAnywhere(found, now);
    }
  }

  /** What events and walks report alike. */
  private onAnywhere(found: Finding, now: number): void {
    switch (found.kind) {
      case Found.refused:
        if (this.settings.detail === 'recursive') this.pending.add(refusedEntry(found.path, now));
        return;
      case Found.displaced:
        this.displaced.add(found.target);
        return;
      case Found.problem:
        if (this.problems.note(found)) this.planRetry();
        return;
      case Found.forgotten:
        this.displaced.delete(found.target);
        this.jobs.forget(found.target);
        return this.hardLinks?.forget(found.target);
    }
  }

  private onChange(found: Finding): void {
    this.hardLinks?.note(found, 'now');
    if (this.signatures !== undefined && !this.hasChanged(this.signatures, found)) return;
    this.pending.add(entryOfEvent(found, this.settings.bigFileThreshold));
  }

  private hasChanged(signatures: Signatures, found: Finding): boolean {
    if (found.type !== ObjectType.absent) return signatures.changed(found.path, found.signatureLow, found.signatureHigh);
    signatures.forget(found.path);
    return true;
  }

  private telling(job: Job): Telling {
    if (isWhole(job)) return 'never';
    return this.settings.detail === 'recursive' ? 'with the walk' : 'now';
  }

  /** After a change of the rules: what they let in now is synced as if it were new. */
  private onAdmitted(found: Finding, now: number): void {
    const flags = this.settings.detail === 'recursive' ? EntryFlag.admitted : 0;
    if (found.target !== NONE) this.addJob(found.target, 'directory', flags);
    if (found.target === NONE || this.settings.detail === 'objects') {
      this.pending.add(entryOfWalk(found, this.settings.bigFileThreshold, flags, now));
    }
  }

  private onWalked(found: Finding, job: Job, flags: number): void {
    const { detail, skipInitial } = this.settings;
    this.jobs.active = undefined;
    const silent = job.kind === 'rules' || (job.kind === 'initial' && skipInitial) || found.target === NONE;
    // Otherwise every object has been an entry of its own.
    if (!silent && detail === 'recursive') this.pending.add(entryOfWhole(found.path, job, flags | EntryFlag.recursive));
    this.hardLinks?.endWalk();
    if (job.kind === 'rules') this.events.rulesDone();
    if (job.kind === 'initial') this.onInitialWalked();
  }

  private onInitialWalked(): void {
    if (this.problems.watchLimitReached) return this.events.watchLimit(this.monitor.directories);
    this.events.watching(this.monitor.directories, Math.round(this.now() - this.walkBegan));
  }

  private onOverflow(): void {
    this.counts.overflows++;
    if (this.settings.exitOnSyncSkip) return this.events.eventsSkipped();
    if (this.planned.rescan) return;
    this.planned.rescan = true;
    this.events.report('warning', `the kernel's event queue overflowed: everything is looked at again (fs.inotify.max_queued_events makes it larger)`);
    this.timers.after(this.overflowDelay.next(this.now()), () => {
      this.planned.rescan = false;
      this.rescan(ROOT);
    });
  }

  /** Directories that were not where the table says: once they are, they are walked as new ones. */
  private revisit(): void {
    for (const node of this.displaced) {
      const where = this.monitor.revisit(node);
      if (where === 'away') continue;
      this.displaced.delete(node);
      if (where === 'there') this.addJob(node, 'directory', 0);
    }
    if (this.displaced.size === 0 || this.planned.visit) return;
    this.planned.visit = true;
    this.timers.after(this.awayDelay.next(this.now()), () => {
      this.planned.visit = false;
      this.wake();
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
      if (this.root.monitor === undefined) return;
      if (this.jobs.active !== undefined) return this.planSweep();
      for (const found of this.monitor.sweep()) {
        this.onAnywhere(found, this.now());
        this.wake();
      }
    });
  }

  private answerProbes(): void {
    const busy = this.planned.rescan || !this.jobs.idle || this.hardLinks?.idle === false || !this.monitor.idle;
    if (busy) return;
    for (const quiet of this.probes.splice(0)) this.outbox.afterPending(quiet);
  }

  private newHardLinks(): HardLinks {
    return new HardLinks({
      monitor: () => this.monitor,
      now: this.now,
      after: (milliseconds, action) => this.timers.after(milliseconds, () => void (this.root.monitor !== undefined && action())),
      dirty: (path) => {
        this.pending.add(linkedEntry(path, this.now()));
        this.wake();
      },
    });
  }

  /** Another watch directory than before: nothing that was known holds. */
  private beginAnew(): void {
    this.jobs = new Jobs();
    this.displaced.clear();
    this.rescan(ROOT);
  }
}

/** Whether everything becomes dirty in the end. */
function isWhole({ node, kind }: Job): boolean {
  return kind === 'initial' || (kind === 'rescan' && node === ROOT_NODE);
}
