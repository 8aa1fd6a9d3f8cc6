import { test } from 'node:test';
import { commandFor, runTrial } from './trial.js';
import type { Trial } from './trial.js';
import { DEADLINE } from '../harness/until.js';

/**
 * One test for each seed; a failure shows the differences, the end of the daemon's log, and the
 * command that repeats the trial.
 */
export function testSeeds(
  title: string,
  seeds: readonly number[],
  trial: Omit<Trial, 'seed'>,
  skip: string | false = false,
): void {
  for (const seed of seeds) {
    test(`${title}, seed ${seed}`, { skip, timeout: DEADLINE }, async (scope) => {
      const outcome = await runTrial(scope, { ...trial, seed });
      if (outcome.failure !== '')
        throw new Error(`${outcome.failure}\nrepeat with: ${commandFor({ ...trial, seed })}`);
      if (outcome.operations === 0) throw new Error('the writers did nothing');
      if (trial.variant === 'overflow' && !/overflow/.test(outcome.log))
        throw new Error('the queue never overflowed');
      if (trial.variant === 'kill' && outcome.kills === 0) throw new Error('nothing was killed');
    });
  }
}

export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
