/**
 * Makes the walks, one at a time. Everything that a walk covers becomes dirty, as one recursive
 * entry or object by object; the settings and the reason for the walk decide.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { WatcherSettings } from '../../shared/settings.js';
import type { Listings } from '../outgoing/listings.js';
import type { Outbox } from '../outgoing/outbox.js';
import type { Pending } from '../outgoing/pending.js';
import { entryOfWalk, entryOfWhole, MADE } from '../outgoing/entries.js';
import { NONE } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { HardLinks, DirtyTiming } from '../links/hard-links.js';
import { Jobs } from './jobs.js';
import type { Job, JobKind } from './jobs.js';
import { ROOT_NODE, WalkOption } from '../monitor/monitor.js';
import type { Monitor } from '../monitor/monitor.js';

export interface WalksContext {
  readonly settings: Pick<
    WatcherSettings,
    'detail' | 'skipInitial' | 'fullInitial' | 'bigFileThreshold' | 'settle' | 'movesDirectories'
  >;
  readonly pending: Pick<Pending, 'add' | 'release' | 'waitingOrigin'>;
  readonly hardLinks: Pick<HardLinks, 'note' | 'endWalk' | 'reset' | 'rulesChanged'>;
  /** Where walks also tell what is in each directory; undefined: nowhere. */
  readonly listings?: Pick<Listings, 'begin' | 'rows' | 'end'> | undefined;
  monitor(): Pick<Monitor, 'walk' | 'step' | 'isLazy'>;
  /** Milliseconds of CLOCK_MONOTONIC. */
  now(): number;
  /** Dispatches a finding; what concerns walks comes back through the `on…` methods below. */
  found(finding: Finding): void;
  initialWalked(milliseconds: number): void;
  rulesDone(): void;
}

/** With one of these, a walk looks at all files. */
const FILES = WalkOption.objects | WalkOption.recent | WalkOption.listing;

/** Facts of the event that led to a walk. */
export type Cause = Pick<Job, 'mask' | 'since' | 'origin' | 'changedSince'>;

export class Walks {
  private readonly jobs = new Jobs();
  private began = 0;
  /** Executors that have joined, and those that the present walk is for. */
  private joining: Outbox[] = [];
  private joined: readonly Outbox[] = [];

  constructor(private readonly context: WalksContext) {}

  get idle(): boolean {
    return this.jobs.idle;
  }

  /** Whether a walk has begun and is not over. */
  get isActive(): boolean {
    return this.jobs.active !== undefined;
  }

  /** Asks for a walk beneath `node`; `cause` is the event that led to it. */
  add(node: number, kind: JobKind, cause: Partial<Cause> = {}): void {
    this.jobs.add({ node, kind, mask: MADE.directory, since: this.context.now(), ...cause });
  }

  /** An executor has joined: everything is reported to it. */
  join(outbox: Outbox): void {
    this.joining.push(outbox);
    this.add(ROOT_NODE, 'joining');
  }

  /** How much those have yet to take that the present walk alone is for. */
  get waiting(): number {
    if (this.jobs.active?.kind !== 'joining') return 0;
    return this.joined.reduce((most, { size }) => Math.max(most, size), 0);
  }

  /** Whether a directory waits for its walk, or is walked. */
  has(node: number): boolean {
    return this.jobs.has(node);
  }

  /** The node no longer exists. */
  forget(node: number): void {
    this.jobs.forget(node);
  }

  /**
   * Goes on with the walk, or begins the next, for about `budget` directory entries. What it finds
   * is passed to the context. Returns whether there is more to do.
   */
  step(budget: number): boolean {
    const job = this.jobs.active ?? this.begin();
    if (job === undefined) return false;
    const { monitor, found } = this.context;
    if (this.isNeedless(job)) this.onWalked({ path: ROOT, target: ROOT_NODE });
    else for (const finding of monitor().step(budget).findings) found(finding);
    return !this.jobs.idle;
  }

  /** The walk has found an object that becomes an entry of its own. */
  onObject(found: Finding): void {
    const { hardLinks, settings, now } = this.context;
    const flags = this.flags() | hardLinks.note(found, this.timing());
    this.tell(entryOfWalk(found, settings.bigFileThreshold, flags, now()));
  }

  /** To whom the walk is for. */
  private tell(entry: Entry): void {
    const { pending } = this.context;
    if (this.active().kind !== 'joining') return pending.add(entry);
    for (const outbox of this.joined) outbox.give(entry);
  }

  /** The walk has found a name of a file with several names. */
  onLink(found: Finding): void {
    this.context.hardLinks.note(found, this.timing());
  }

  /** The changed rules no longer refuse this object. It is synced as if it were new. */
  onReleased(found: Finding): void {
    const { pending, settings, now } = this.context;
    const isDirectory = found.target !== NONE;
    if (isDirectory) this.add(found.target, 'directory');
    if (isDirectory && settings.detail === 'recursive') return;
    pending.release(found.path);
    pending.add(entryOfWalk(found, settings.bigFileThreshold, 0, now()));
  }

  /** The walk has found what is in a directory. */
  onListing(found: Finding): void {
    this.context.listings?.rows(found);
  }

  /** The walk is over. */
  onWalked(found: Pick<Finding, 'path' | 'target'>): void {
    const { hardLinks, settings, now, initialWalked, rulesDone } = this.context;
    const job = this.active();
    const silent =
      job.kind === 'rules' ||
      job.kind === 'mounted' ||
      job.mask === 0 ||
      (job.kind === 'initial' && settings.skipInitial) ||
      (isFirst(job) && this.context.listings !== undefined) ||
      found.target === NONE;
    if (this.isListing(job.kind)) this.context.listings?.end(found.path, found.target !== NONE);
    // Otherwise every object has been an entry of its own.
    if (!silent && settings.detail === 'recursive') this.tellWhole(found.path, job);
    this.jobs.active = undefined;
    hardLinks.endWalk(isWhole(job) && (this.options(job) & FILES) !== 0);
    if (job.kind === 'rules') rulesDone();
    if (job.kind === 'initial') initialWalked(now() - this.began);
    if (job.kind === 'joining') for (const outbox of this.joined) outbox.walked();
  }

  private tellWhole(path: BytePath, job: Job): void {
    const { pending, settings } = this.context;
    // An older refusal of this path must be released, even when the entry itself is redundant.
    if (path !== ROOT) pending.release(path);
    // Of a move that was told by itself, and has been taken, nothing is left to be said.
    const origin = settings.movesDirectories ? pending.waitingOrigin(path) : job.origin;
    this.tell(entryOfWhole(path, { ...job, origin }, this.flags()));
  }

  private begin(): Job | undefined {
    const job = this.jobs.next();
    if (job === undefined) return undefined;
    this.began = this.context.now();
    if (isWhole(job)) this.context.hardLinks.reset();
    if (job.kind === 'rules') this.context.hardLinks.rulesChanged();
    if (job.kind === 'joining') this.joined = this.joining.splice(0);
    const only = job.kind === 'joining' ? this.joined.map(({ executor }) => executor) : undefined;
    if (this.isListing(job.kind)) this.context.listings?.begin(isFirst(job), only);
    if (!this.isNeedless(job))
      this.context.monitor().walk(job.node, this.options(job), this.since(job));
    return job;
  }

  /** Whether all that the walk is for is known without it. */
  private isNeedless({ kind }: Job): boolean {
    return kind === 'initial' && this.context.monitor().isLazy;
  }

  private options(job: Job): number {
    const { kind } = job;
    const { detail, skipInitial, fullInitial } = this.context.settings;
    const recent = this.wantsRecent(kind) ? WalkOption.recent : 0;
    if (kind === 'rules') return WalkOption.changedRules;
    const initial = kind === 'initial';
    const listing = this.isListing(kind);
    const isListed = isFirst(job) && listing;
    const objects = detail === 'objects' && !isListed && !(initial && skipInitial);
    return (
      recent |
      (listing ? WalkOption.listing : 0) |
      (objects || kind === 'crowd' ? WalkOption.objects : 0) |
      (kind === 'poll' || kind === 'crowd' ? WalkOption.flat : 0) |
      // Of the whole tree, everything becomes dirty: who has several names is asked later.
      (isWhole(job) || kind === 'joining' ? 0 : WalkOption.links) |
      (initial && fullInitial ? WalkOption.ignoreRules : 0)
    );
  }

  /** Whether files that may not have settled are told beside the directory they are in. */
  private wantsRecent(kind: JobKind): boolean {
    const { detail, skipInitial, settle } = this.context.settings;
    if (settle === 0 || detail !== 'recursive') return false;
    // The walk of a crowd tells all that have changed.
    if (kind === 'rules' || kind === 'mounted' || kind === 'crowd') return false;
    return !(kind === 'initial' && skipInitial);
  }

  private since({ kind, changedSince }: Job): number | undefined {
    return this.wantsRecent(kind) ? Date.now() - this.context.settings.settle : changedSince;
  }

  /**
   * Whether a walk tells what is in each directory: the first one in place of entries, others where
   * a single entry stands for all of it.
   */
  private isListing(kind: JobKind): boolean {
    const isWhole = this.context.settings.detail === 'recursive';
    return (
      this.context.listings !== undefined &&
      (isFirst({ kind }) || (isWhole && (kind === 'rescan' || kind === 'directory')))
    );
  }

  private timing(): DirtyTiming {
    const job = this.active();
    if (isWhole(job) || job.kind === 'joining') return 'never';
    return this.context.settings.detail === 'recursive' ? 'with the walk' : 'now';
  }

  private flags(): number {
    const { kind } = this.active();
    return isFirst({ kind }) || kind === 'rescan' ? EntryFlag.initial : 0;
  }

  private active(): Job {
    if (this.jobs.active === undefined) throw new Error('no walk is going on');
    return this.jobs.active;
  }
}

/** Whether it is the first walk that those hear of that it is for. */
function isFirst({ kind }: Pick<Job, 'kind'>): boolean {
  return kind === 'initial' || kind === 'joining';
}

/** Whether the walk covers the whole tree, so that everything becomes dirty. */
function isWhole({ node, kind }: Job): boolean {
  return kind === 'initial' || (kind === 'rescan' && node === ROOT_NODE);
}
