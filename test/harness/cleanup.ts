import type { Scope } from './temporary.js';

/**
 * A scope outside node:test: runs all registered functions in reverse order, even when some of them
 * fail.
 */
export class Cleanup implements Scope {
  private readonly tasks: (() => void | Promise<void>)[] = [];

  after(clean: () => void | Promise<void>): void {
    this.tasks.push(clean);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) {
      try {
        await task();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'clean-up failed');
  }
}
