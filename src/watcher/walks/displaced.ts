/**
 * Displaced directories: they are not at the path the table has, or could not be opened. Usually
 * the reason is a rename whose events are still to come. They are looked at again as soon as no
 * event is left, then with growing pauses, until they are back or the table has changed. One that
 * is there but whose walk fails, for example as no descriptors are left, also waits for the pause.
 */
import { Backoff } from '../../shared/backoff.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds between two looks. */
const DELAY = { first: 20, longest: 2_000 } as const;

export interface DisplacedContext {
  readonly timers: Pick<Timers, 'after'>;
  monitor(): Pick<Monitor, 'revisit'>;
  now(): number;
  /** A look is due: `revisit` must be called. */
  due(): void;
  /** The directory is back at its path, and must be walked like a new one. */
  back(node: number): void;
}

export class Displaced {
  private readonly nodes = new Set<number>();
  /** Those that were back since the last pause. */
  private readonly walked = new Set<number>();
  private readonly delay = new Backoff(DELAY.first, DELAY.longest);
  private planned = false;

  constructor(private readonly context: DisplacedContext) {}

  get size(): number {
    return this.nodes.size;
  }

  add(node: number): void {
    this.nodes.add(node);
    // No event may come, as when the last step of a walk has found it.
    this.context.due();
  }

  has(node: number): boolean {
    return this.nodes.has(node) || this.walked.has(node);
  }

  forget(node: number): void {
    this.nodes.delete(node);
    this.walked.delete(node);
  }

  revisit(): void {
    const { monitor, back } = this.context;
    for (const node of this.nodes) {
      if (this.walked.has(node)) continue;
      const where = monitor().revisit(node);
      if (where === 'away') continue;
      this.nodes.delete(node);
      if (where !== 'there') continue;
      this.walked.add(node);
      back(node);
    }
    if (this.nodes.size > 0) this.plan();
  }

  private plan(): void {
    if (this.planned) return;
    this.planned = true;
    const { timers, now, due } = this.context;
    timers.after(this.delay.next(now()), () => {
      this.planned = false;
      this.walked.clear();
      due();
    });
  }
}
