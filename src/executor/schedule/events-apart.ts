/**
 * In a sync of events, one call each: whether an event failed alone, and which others have to wait
 * for it. Pure.
 */
import type { Entry } from '../../shared/entry.js';
import type { Step } from '../modes/mode.js';
import { Conflicts } from './conflicts.js';

/** As many in a row may fail alone: then it is asked again whether the handler works at all. */
const IN_A_ROW = 8;

export class EventsApart {
  private readonly failures = new Conflicts<true>();
  /** How many may fail before it is asked again. */
  private left = 0;

  succeeded(): void {
    this.left = IN_A_ROW;
  }

  failed(entry: Entry): void {
    this.failures.add(entry, true);
  }

  holdsBack(entry: Entry): boolean {
    return this.failures.find(entry) === true;
  }

  /** To be called at a failure: whether the handler has worked for another one just before. */
  isAlone(): boolean {
    return this.left-- > 0;
  }

  /**
   * The event that is to show whether the handler works: one that need not wait for what has failed
   * or comes before it, and another one at each try.
   * @param decided events that have had their turn
   */
  other(
    steps: readonly Step[],
    decided: ReadonlySet<Entry>,
    failing: readonly Entry[],
    tries: number,
  ): Step | undefined {
    const before = new Conflicts<true>();
    for (const entry of failing) before.add(entry, true);
    const found: Step[] = [];
    for (const step of steps) {
      const isNext = step.entries.every(
        (entry) =>
          !decided.has(entry) &&
          !failing.includes(entry) &&
          before.find(entry) === undefined &&
          !this.holdsBack(entry),
      );
      if (isNext) found.push(step);
      for (const entry of step.entries) if (!decided.has(entry)) before.add(entry, true);
    }
    return found[tries % found.length];
  }
}
