/**
 * The queue of walks, made one after another. A directory waits at most once for each kind. Pure.
 */
import type { BytePath } from '../../shared/bytes.js';

/** Why a walk is made. */
export type JobKind =
  /** The first walk of the whole tree. */
  | 'initial'
  /** Everything must be reported again: events were lost, or a full sync was ordered. */
  | 'rescan'
  /** Everything must be reported to executors that have just joined, and to no other. */
  | 'joining'
  /** A directory that is new, has been moved here or is in doubt. */
  | 'directory'
  /** A directory without a watch has changed. What is beneath it is compared by itself. */
  | 'poll'
  /** Not all names in a directory that events were about are known. Likewise. */
  | 'crowd'
  /** The rules have changed. */
  | 'rules'
  /** A file system is mounted in a tree of which nothing else needs a walk. */
  | 'mounted';

export interface Job {
  readonly node: number;
  readonly kind: JobKind;
  /** Event bits that led to it; 0: what it finds is all that there is to tell. */
  readonly mask: number;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly since: number;
  /**
   * Of a `poll` or `crowd`: files changed before (milliseconds since 1970) are not reported; 0: all
   * are.
   */
  readonly changedSince?: number | undefined;
  /** The path from which the directory was moved, where that is known. */
  readonly origin?: BytePath | undefined;
}

/** Kinds of which one may be for any directory. */
const OF_DIRECTORIES = ['directory', 'poll', 'crowd', 'rescan', 'mounted'] as const;

export class Jobs {
  private readonly waiting = new Map<string, Job>();
  active: Job | undefined;

  get idle(): boolean {
    return this.active === undefined && this.waiting.size === 0;
  }

  /**
   * A directory that is moved again before its walk keeps its first origin: the path between was
   * never sent.
   */
  add(job: Job): void {
    const key = `${job.kind} ${job.node}`;
    const before = this.waiting.get(key);
    const merged = before === undefined ? job : { ...before, mask: before.mask | job.mask };
    this.waiting.set(key, merged);
  }

  /** Makes the next one active. */
  next(): Job | undefined {
    const [first] = this.waiting;
    if (first === undefined) return undefined;
    this.waiting.delete(first[0]);
    return (this.active = first[1]);
  }

  /** Whether a directory waits, or is walked. */
  has(node: number): boolean {
    const isWaiting = OF_DIRECTORIES.some((kind) => this.waiting.has(`${kind} ${node}`));
    return isWaiting || this.active?.node === node;
  }

  /** The node no longer exists. */
  forget(node: number): void {
    for (const kind of OF_DIRECTORIES) this.waiting.delete(`${kind} ${node}`);
  }
}
