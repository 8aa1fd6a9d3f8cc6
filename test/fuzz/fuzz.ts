/**
 * Feeds one decoder with changed inputs for some time, and keeps those that reach new code. The
 * first fault ends it.
 */
import { Random } from '../convergence/random.js';
import { Coverage } from './coverage.js';
import { mutate } from './mutator.js';
import type { Target } from './target.js';

/** Milliseconds of processor time that one input may take. */
const SLOW = 1000;
/** Bytes by which the process may grow during one run. */
const GROWTH = 512 << 20;
/**
 * Inputs between two readings of the coverage, because one reading costs as much as many inputs.
 */
const GROUP = 64;

export interface Outcome {
  readonly inputs: number;
  readonly corpus: number;
}

/** Throws an error with the input in hexadecimal; `target.run` repeats the fault with it. */
export async function fuzz(target: Target, seed: number, milliseconds: number): Promise<Outcome> {
  const random = new Random(seed);
  const words = target.words.map((word) => Buffer.from(word, 'latin1'));
  const corpus: Buffer[] = target.samples().map((sample) => Buffer.from(sample));
  for (const sample of corpus) await feed(target, sample);
  const coverage = new Coverage();
  const before = process.memoryUsage().rss;
  const end = Date.now() + milliseconds;
  let inputs = 0;
  try {
    coverage.learn(coverage.news());
    // At least once, however slow the machine is.
    do {
      const group = Array.from({ length: GROUP }, () =>
        mutate(random.pick(corpus), random, corpus, words),
      );
      for (const input of group) await feed(target, input);
      inputs += GROUP;
      const news = coverage.news();
      if (news.length > 0) corpus.push(...(await keepers(target, group, coverage)));
      coverage.learn(news);
      const grown = process.memoryUsage().rss - before;
      if (grown > GROWTH) throw new Error(`${target.name}: the process grew by ${grown >> 20} MiB`);
    } while (Date.now() < end);
  } finally {
    coverage.close();
  }
  return { inputs, corpus: corpus.length };
}

/** The inputs of a group that reach new code, tried one by one. */
async function keepers(
  target: Target,
  group: readonly Buffer[],
  coverage: Coverage,
): Promise<Buffer[]> {
  const kept: Buffer[] = [];
  for (const input of group) {
    await feed(target, input);
    const news = coverage.news();
    if (news.length > 0) kept.push(input);
    coverage.learn(news);
  }
  return kept;
}

async function feed(target: Target, input: Buffer): Promise<void> {
  const began = process.cpuUsage();
  try {
    await target.run(input);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${target.name}: ${text}\nwith the input ${input.toString('hex')}`);
  }
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1000;
  if (took > SLOW)
    throw new Error(
      `${target.name}: took ${Math.round(took)} ms with the input ${input.toString('hex')}`,
    );
}
