import { test } from 'node:test';
import { commandFor, runTrial } from './trial.js';
import type { Trial, TrialMode, Variant } from './trial.js';
import { needsMonitor, needsMounts } from '../harness/offers.js';
import { DEADLINE } from '../harness/until.js';
import { ORDINARY_USER, needsRoot } from '../harness/user.js';

interface Suite extends Omit<Trial, 'seed' | 'mode'> {
  readonly title: string;
  readonly seeds: readonly number[];
  readonly skip?: string | false;
}

const AS_USER = { title: 'converges as an ordinary user', user: ORDINARY_USER, skip: needsRoot };
const KILLED = { title: 'converges with its roles killed', variant: 'kill' } as const;
const MARKED = {
  title: 'converges with the file system marked',
  options: ['--monitor=fanotify'],
  skip: needsMounts(),
} as const;
const WITH_GLIB = {
  title: 'converges with the monitors of GLib',
  options: ['--monitor=gio'],
  skip: needsMonitor('gio'),
} as const;
const OVERFLOW = { title: 'converges with an overflowing queue', variant: 'overflow' } as const;

/** What each mode goes through in `make test`. */
const SUITES: Readonly<Record<TrialMode, readonly Suite[]>> = {
  rsyncdirect: [
    { title: 'converges', variant: 'plain', seconds: 3, seeds: seedsFrom(1, 8) },
    { ...AS_USER, variant: 'plain', seconds: 3, seeds: seedsFrom(101, 3) },
    { ...KILLED, seconds: 5, seeds: seedsFrom(201, 4) },
    { ...OVERFLOW, seconds: 3, seeds: seedsFrom(301, 4) },
    { ...MARKED, variant: 'plain', seconds: 3, seeds: seedsFrom(401, 1) },
    { ...WITH_GLIB, variant: 'kill', seconds: 3, seeds: seedsFrom(411, 1) },
  ],
  mirror: [
    { title: 'converges', variant: 'plain', seconds: 3, seeds: seedsFrom(501, 6) },
    { ...AS_USER, variant: 'plain', seconds: 3, seeds: seedsFrom(521, 3) },
    { ...KILLED, seconds: 5, seeds: seedsFrom(531, 3) },
    { ...OVERFLOW, seconds: 3, seeds: seedsFrom(541, 3) },
    { ...MARKED, variant: 'kill', seconds: 3, seeds: seedsFrom(551, 1) },
    { ...WITH_GLIB, variant: 'plain', seconds: 3, seeds: seedsFrom(561, 1) },
    { ...WITH_GLIB, variant: 'overflow', seconds: 3, seeds: seedsFrom(571, 1) },
  ],
};

/** The suites of a mode in which this happens. */
export function testSuites(mode: TrialMode, variants: readonly Variant[]): void {
  for (const { title, seeds, skip, ...trial } of SUITES[mode])
    if (variants.includes(trial.variant))
      testSeeds(`${mode} ${title}`, seeds, { ...trial, mode }, skip);
}

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
      if (/inotify is used/.test(outcome.log)) throw new Error('another monitor was used');
      if (trial.variant === 'kill' && outcome.kills === 0) throw new Error('nothing was killed');
    });
  }
}

export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
