/**
 * The watcher's loop: look at events, go on with a walk, send what is dirty; in short turns, so that the channels are served.
 *
 * Whatever is lost or in doubt (an overflow, a directory that is not where the table says, a watch the kernel refused) ends in a walk,
 * and what a walk covers is dirty as a whole.
 */
import { basename, display, join } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { EntryFlag, ObjectType } from '../shared/entry.js';
import type { Report } from '../shared/report.js';
import type { Rule, WatcherSettings } from '../shared/settings.js';
import { Backoff } from './backoff.js';
import type { Pending } from './dirty-set.js';
import { entryOfEvent, entryOfWalk, linkedEntry, MADE, refusedEntry, vanishedRefusedEntry } from './entries.js';
import { Found, NONE } from './findings.js';
import type { Finding } from './findings.js';
import { Jobs } from './jobs.js';
import type { Job, JobKind } from './jobs.js';
import { Links } from './links.js';
import type { LinkName, Loss } from './links.js';
import { NameSearch } from './name-search.js';
import { ROOT_NODE, WalkOption } from './monitor/monitor.js';
import type { Monitor } from './monitor/monitor.js';
import type { Outbox } from './outbox.js';
import { Problems } from './problems.js';
import { Signatures } from './signatures.js';

/** Work of one turn: events looked at, directory entries walked. */
const BUDGET = { events: 1024, entries: 2048 } as const;
/** A walk waits while so many entries wait for credit; events are looked at always. */
const ENOUGH_PENDING = 16384;
/** Milliseconds a directory that left the tree may take to turn up elsewhere before its watches are given back. */
const GRACE = 100;
/** Milliseconds between two looks whether the watch directory is still at its path, and while it is not, whether it has come back. */
const ROOT_CHECK = 1000;

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
  private jobs = new Jobs();
  private links = new Links();
  private names = this.newSearch();
  private readonly signatures: Signatures | undefined;
  private readonly displaced = new Set<number>();
  private readonly problems: Problems;
  private readonly probes: (() => void)[] = [];
  private readonly overflowDelay = new Backoff(50, 5_000);
  private readonly awayDelay = new Backoff(20, 2_000);
  private readonly retryDelay = new Backoff(5_000, 60_000);
  private readonly timers = new Set<NodeJS.Timeout>();
  private rules: readonly Rule[];
  private monitor: Monitor;
  /** The watch directory is gone, and with it what the monitor watched. */
  private rootless = false;
  private turning = false;
  private closed = false;
  private rescanPlanned = false;
  private visitPlanned = false;
  private sweepPlanned = false;
  private walkBegan = 0;

  constructor(
    private readonly settings: WatcherSettings,
    private readonly open: (wake: () => void) => Monitor,
    private readonly pending: Pending,
    private readonly outbox: Outbox,
    private readonly events: WatcherEvents,
    private readonly now: () => number,
  ) {
    this.rules = settings.rules;
    this.signatures = settings.modificationSignature.length > 0 ? new Signatures() : undefined;
    this.problems = new Problems(events.report);
    this.monitor = open(() => this.wake());
  }

  get counters(): Readonly<Record<'directories' | 'pending' | 'overflows' | 'rescans', number>> {
    return { directories: this.rootless ? 0 : this.monitor.directories, pending: this.pending.size, ...this.counts };
  }

  /** For a dump: one line a fact. */
  describe(): string {
    const { directories, pending, overflows, rescans } = this.counters;
    return `directories ${directories}\npending ${pending}\noverflows ${overflows}\nrescans ${rescans}\ndisplaced ${this.displaced.size}\n`;
  }

  /** Watches the root and begins the initial walk. Throws an errno error when the root cannot be watched. */
  start(): void {
    this.monitor.setRules(this.rules);
    this.addJob(ROOT_NODE, 'initial', 0);
    this.guardRoot();
  }

  setRules(rules: readonly Rule[]): void {
    this.rules = rules;
    if (this.rootless) return this.events.rulesDone();
    this.monitor.setRules(rules);
    this.addJob(ROOT_NODE, 'rules', 0);
  }

  /** Tells the state of a subtree again; of the whole tree when the path is no directory in it. */
  rescan(path: BytePath): void {
    if (this.rootless) return;
    this.counts.rescans++;
    this.addJob(this.monitor.nodeOf(path) ?? ROOT_NODE, 'rescan', 0);
  }

  /** Calls `quiet` when all that the kernel has reported so far has been looked at and sent. */
  probe(quiet: () => void): void {
    this.probes.push(quiet);
    this.wake();
  }

  /** There is something to do: events, credit or an order. */
  wake(): void {
    if (this.turning || this.closed) return;
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
      if (!this.closed) this.turn();
    });
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    if (!this.rootless) this.monitor.close();
  }

  private turn(): void {
    if (this.rootless) return this.outbox.flush();
    const looked = this.monitor.events(BUDGET.events);
    for (const found of looked.findings) this.onEvent(found);
    if (this.rootless) return this.reopen();
    if (!looked.more) this.revisit();
    if (!looked.more && this.jobs.idle) this.names.begin();
    const walking = this.pending.size < ENOUGH_PENDING && this.step();
    this.outbox.flush();
    if (looked.more || walking) return this.wake();
    this.planSweep();
    this.answerProbes();
  }

  /** Goes on with the walk, or begins the next; returns whether there is more of it to do. */
  private step(): boolean {
    const job = this.jobs.active ?? this.begin();
    if (job === undefined) return false;
    const { findings } = this.monitor.step(BUDGET.entries);
    for (const found of findings) this.onWalk(found, job);
    return !this.jobs.idle;
  }

  private begin(): Job | undefined {
    const job = this.jobs.next();
    if (job === undefined) return undefined;
    this.walkBegan = this.now();
    // The changes that were lost may be those of a name: one that is still listed but gone would stand for one that is not known.
    if (job.kind === 'rescan' && job.node === ROOT_NODE) this.links.clear();
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
        const dirty = entryOfEvent(found, 0);
        if (this.settings.detail === 'objects') this.onChange(found);
        return this.addJob(found.target, 'directory', 0, dirty.mask, dirty.since);
      }
      case Found.admitted:
        return this.pending.add(vanishedRefusedEntry(found.path, found.since));
      case Found.overflow:
        return this.onOverflow();
      case Found.fellBack:
        return this.events.report('warning', 'events came faster than they could be handed over one by one: the same events for the same path were merged');
      case Found.rootGone:
        this.rootless = true;
        return;
      default:
        return this.onAnywhere(found, this.now());
    }
  }

  private onWalk(found: Finding, job: Job): void {
    const now = this.now();
    const flags = job.kind === 'initial' || job.kind === 'rescan' ? EntryFlag.initial : job.flags;
    switch (found.kind) {
      case Found.object:
        this.noteLinks(found, job.kind !== 'initial');
        return this.pending.add(entryOfWalk(found, this.settings.bigFileThreshold, flags, now));
      case Found.link:
        return this.noteLinks(found, job.kind !== 'initial');
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
        for (const loss of this.links.forget(found.target)) this.onLoss(loss, ROOT_NODE);
        return;
    }
  }

  private onChange(found: Finding): void {
    this.noteLinks(found, true);
    if (this.settings.trackHardLinks) this.names.suspect(found);
    if (this.signatures !== undefined && !this.hasChanged(this.signatures, found)) return;
    this.pending.add(entryOfEvent(found, this.settings.bigFileThreshold));
  }

  private hasChanged(signatures: Signatures, found: Finding): boolean {
    if (found.type !== ObjectType.absent) return signatures.changed(found.path, found.signatureLow, found.signatureHigh);
    signatures.forget(found.path);
    return true;
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
    this.jobs.active = undefined;
    const silent = job.kind === 'rules' || (job.kind === 'initial' && this.settings.skipInitial) || found.target === NONE;
    if (!silent) this.addWhole(found.path, job, flags);
    if (job.kind === 'rules') this.events.rulesDone();
    if (job.kind === 'initial') this.onInitialWalked();
  }

  /** The directory a walk began with, as one entry; in detail 'objects' only the root, which no listing holds. */
  private addWhole(path: BytePath, job: Job, flags: number): void {
    if (this.settings.detail === 'objects' && path !== '') return;
    const recursive = this.settings.detail === 'recursive' ? EntryFlag.recursive : 0;
    this.pending.add({
      path,
      mask: job.mask,
      before: job.kind === 'directory' ? ObjectType.absent : ObjectType.directory,
      after: ObjectType.directory,
      flags: flags | recursive,
      since: job.since,
    });
  }

  private onInitialWalked(): void {
    if (this.problems.watchLimitReached) return this.events.watchLimit(this.monitor.directories);
    this.events.watching(this.monitor.directories, Math.round(this.now() - this.walkBegan));
  }

  private onOverflow(): void {
    this.counts.overflows++;
    if (this.settings.exitOnSyncSkip) return this.events.eventsSkipped();
    if (this.rescanPlanned) return;
    this.rescanPlanned = true;
    const delay = this.overflowDelay.next(this.now());
    this.events.report('warning', `the kernel's event queue overflowed: everything is looked at again (fs.inotify.max_queued_events makes it larger)`);
    this.after(delay, () => {
      this.rescanPlanned = false;
      this.rescan('' as BytePath);
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
    if (this.displaced.size === 0 || this.visitPlanned) return;
    this.visitPlanned = true;
    this.after(this.awayDelay.next(this.now()), () => {
      this.visitPlanned = false;
      this.wake();
    });
  }

  /** Some directories are not watched: try again from time to time. */
  private planRetry(): void {
    this.after(this.retryDelay.next(this.now()), () => {
      this.problems.forgetUnwatched();
      this.rescan('' as BytePath);
    });
  }

  private planSweep(): void {
    if (this.sweepPlanned) return;
    this.sweepPlanned = true;
    this.after(GRACE, () => {
      this.sweepPlanned = false;
      if (this.rootless) return;
      if (this.jobs.active !== undefined) return this.planSweep();
      for (const found of this.monitor.sweep()) this.onAnywhere(found, this.now());
      this.outbox.flush();
    });
  }

  private answerProbes(): void {
    if (this.rescanPlanned || !this.jobs.idle || !this.names.idle || !this.monitor.idle) return;
    for (const quiet of this.probes.splice(0)) this.outbox.afterPending(quiet);
  }

  /** @param tell whether the other names the finding concerns become dirty; not so where all are told anyway. */
  private noteLinks(found: Finding, tell: boolean): void {
    if (!this.settings.trackHardLinks || found.type === ObjectType.directory) return;
    const inode = found.type === ObjectType.absent ? undefined : found.inode;
    const { shared, loss } = this.links.note(found.node, basename(found.path), inode, found.nlink);
    if (!tell) return;
    this.addLinked(shared);
    if (loss !== undefined) this.onLoss(loss, found.node);
    if (inode !== undefined && found.nlink > 1) this.names.want(inode, found.node);
  }

  /** An inode has lost a name: those left become dirty, and are looked for, as not all need be known. */
  private onLoss({ inode, left }: Loss, near: number): void {
    this.addLinked(left);
    for (const { node, name } of left) {
      const [found] = this.monitor.searchName(node, name);
      const still = found?.inode === inode ? inode : undefined;
      this.links.note(node, name, still, found?.nlink ?? 0);
      if (still === undefined) continue;
      if (found?.nlink === 1) return;
      break;
    }
    this.names.want(inode, near);
  }

  private newSearch(): NameSearch {
    return new NameSearch({
      links: this.links,
      monitor: () => this.monitor,
      now: () => this.now(),
      found: (found) => {
        if (found.kind !== Found.link) return;
        this.noteLinks(found, true);
        this.pending.add(linkedEntry(found.path, this.now()));
        this.wake();
      },
      after: (milliseconds, action) => {
        const { monitor } = this;
        this.after(milliseconds, () => {
          if (monitor === this.monitor && !this.rootless) action();
        });
      },
    });
  }

  private addLinked(names: readonly LinkName[]): void {
    for (const { node, name } of names) {
      const directory = this.monitor.pathOf(node);
      if (directory !== undefined) this.pending.add(linkedEntry(join(directory, name), this.now()));
    }
  }

  private guardRoot(): void {
    this.after(ROOT_CHECK, () => {
      if (!this.rootless && !this.monitor.stands()) {
        this.rootless = true;
        this.reopen();
      }
      this.guardRoot();
    });
  }

  /** The watch directory was removed, moved or unmounted: watch what stands at its path now, as soon as something does. */
  private reopen(): void {
    this.monitor.close();
    this.jobs = new Jobs();
    this.links = new Links();
    this.names = this.newSearch();
    this.displaced.clear();
    this.tryReopen(true);
  }

  private tryReopen(first: boolean): void {
    let monitor: Monitor | undefined;
    try {
      monitor = this.open(() => this.wake());
      monitor.setRules(this.rules);
      this.monitor = monitor;
    } catch {
      monitor?.close();
      if (first) {
        this.events.report('error', `the watch directory ${display(this.settings.watchDirectory)} is gone: waiting for it to come back`);
        this.events.rootGone();
      }
      this.after(ROOT_CHECK, () => this.tryReopen(false));
      return;
    }
    this.rootless = false;
    this.events.report('warning', `the watch directory ${display(this.settings.watchDirectory)} is another one now: everything is looked at again`);
    this.rescan('' as BytePath);
  }

  private after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, milliseconds);
    this.timers.add(timer);
  }
}
