/**
 * The walks, one at a time. What a walk covers is dirty as a whole; what it finds on the way is
 * told object by object or not, as the reason for it and the settings say.
 */
import { EntryFlag } from '../../shared/entry.js';
import type { WatcherSettings } from '../../shared/settings.js';
import type { Pending } from '../outgoing/dirty-set.js';
import { entryOfWalk, entryOfWhole, MADE } from '../outgoing/entries.js';
import { Found, NONE } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { HardLinks, Telling } from '../links/hard-links.js';
import { Jobs } from './jobs.js';
import type { Job, JobKind } from './jobs.js';
import { ROOT_NODE, WalkOption } from '../monitor/monitor.js';
import type { Monitor } from '../monitor/monitor.js';

export interface WalksContext {
  readonly settings: WatcherSettings;
  readonly pending: Pending;
  readonly hardLinks: HardLinks;
  monitor(): Monitor;
  /** Milliseconds of CLOCK_MONOTONIC. */
  now(): number;
  /** What is no matter of the walk alone. */
  found(finding: Finding): void;
  initialWalked(milliseconds: number): void;
  rulesDone(): void;
}

export class Walks {
  private readonly jobs = new Jobs();
  private began = 0;

  constructor(private readonly context: WalksContext) {}

  get idle(): boolean {
    return this.jobs.idle;
  }

  /** Whether one has begun and is not over. */
  get active(): boolean {
    return this.jobs.active !== undefined;
  }

  /** Asks for a walk beneath `node`; `mask` and `since` are those of the event that led to it. */
  add(
    node: number,
    kind: JobKind,
    flags = 0,
    mask: number = MADE.directory,
    since = this.context.now(),
  ): void {
    this.jobs.add({ node, kind, mask, since, flags });
  }

  /** The node no longer exists. */
  forget(node: number): void {
    this.jobs.forget(node);
  }

  /**
   * Goes on with the walk, or begins the next, for about `budget` directory entries; returns
   * whether there is more to do.
   */
  step(budget: number): boolean {
    const job = this.jobs.active ?? this.begin();
    if (job === undefined) return false;
    for (const found of this.context.monitor().step(budget).findings) this.onFound(found, job);
    return !this.jobs.idle;
  }

  private begin(): Job | undefined {
    const job = this.jobs.next();
    if (job === undefined) return undefined;
    this.began = this.context.now();
    if (isWhole(job)) this.context.hardLinks.reset();
    this.context.monitor().walk(job.node, this.options(job.kind));
    return job;
  }

  private options(kind: JobKind): number {
    const { detail, skipInitial, fullInitial } = this.context.settings;
    if (kind === 'rules') return WalkOption.changedRules;
    const initial = kind === 'initial';
    const objects = detail === 'objects' && !(initial && skipInitial);
    return (
      (objects ? WalkOption.objects : 0) | (initial && fullInitial ? WalkOption.ignoreRules : 0)
    );
  }

  private onFound(found: Finding, job: Job): void {
    const { hardLinks, pending, settings, now } = this.context;
    const flags = job.kind === 'initial' || job.kind === 'rescan' ? EntryFlag.initial : job.flags;
    switch (found.kind) {
      case Found.object:
        hardLinks.note(found, this.telling(job));
        return pending.add(entryOfWalk(found, settings.bigFileThreshold, flags, now()));
      case Found.link:
        return hardLinks.note(found, this.telling(job));
      case Found.admitted:
        return this.onAdmitted(found);
      case Found.walked:
        return this.onWalked(found, job, flags);
      default:
        return this.context.found(found);
    }
  }

  private telling(job: Job): Telling {
    if (isWhole(job)) return 'never';
    return this.context.settings.detail === 'recursive' ? 'with the walk' : 'now';
  }

  /** After a change of the rules: what they let in now is synced as if it were new. */
  private onAdmitted(found: Finding): void {
    const { pending, settings, now } = this.context;
    const recursive = settings.detail === 'recursive';
    const flags = recursive ? EntryFlag.admitted : 0;
    if (found.target !== NONE) this.add(found.target, 'directory', flags);
    if (found.target === NONE || !recursive)
      pending.add(entryOfWalk(found, settings.bigFileThreshold, flags, now()));
  }

  private onWalked(found: Finding, job: Job, flags: number): void {
    const { hardLinks, pending, settings, now } = this.context;
    this.jobs.active = undefined;
    const silent =
      job.kind === 'rules' ||
      (job.kind === 'initial' && settings.skipInitial) ||
      found.target === NONE;
    // Otherwise every object has been an entry of its own.
    if (!silent && settings.detail === 'recursive')
      pending.add(entryOfWhole(found.path, job, flags | EntryFlag.recursive));
    hardLinks.endWalk();
    if (job.kind === 'rules') this.context.rulesDone();
    if (job.kind === 'initial') this.context.initialWalked(now() - this.began);
  }
}

/** Whether everything becomes dirty in the end. */
function isWhole({ node, kind }: Job): boolean {
  return kind === 'initial' || (kind === 'rescan' && node === ROOT_NODE);
}
