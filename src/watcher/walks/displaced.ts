/**
 * Displaced directories: they are not at the path the table has. Usually the reason is a rename
 * whose events are still to come. They are looked at again, with growing pauses, until they are
 * back or the table has changed.
 */
import { Backoff } from '../../shared/backoff.js';
import type { Monitor } from '../monitor/monitor.js';
import type { Timers } from '../timers.js';

/** Milliseconds between two looks. */
const DELAY = { first: 20, longest: 2_000 } as const;

export interface DisplacedContext {
  readonly timers: Timers;
  monitor(): Monitor;
  now(): number;
  /** A look is due: `revisit` must be called. */
  due(): void;
  /** The directory is back at its path, and must be walked like a new one. */
  back(node: number): void;
}

export class Displaced {
  private readonly nodes = new Set<number>();
  private readonly delay = new Backoff(DELAY.first, DELAY.longest);
  private planned = false;

  constructor(private readonly context: DisplacedContext) {}

  get size(): number {
    return this.nodes.size;
  }

  add(node: number): void {
    this.nodes.add(node);
  }

  forget(node: number): void {
    this.nodes.delete(node);
  }

  revisit(): void {
    const { monitor, timers, now, back, due } = this.context;
    for (const node of this.nodes) {
      const where = monitor().revisit(node);
      if (where === 'away') continue;
      this.nodes.delete(node);
      if (where === 'there') back(node);
    }
    if (this.nodes.size === 0 || this.planned) return;
    this.planned = true;
    timers.after(this.delay.next(now()), () => {
      this.planned = false;
      due();
    });
  }
}
