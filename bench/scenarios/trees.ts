/** Whole trees: made while the daemon runs, or before it is started. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeManyFiles } from '../../test/harness/samples.js';
import type { Scope } from '../../test/harness/temporary.js';
import { allNames, wrong } from '../arrival.js';
import type { Contender, Trees } from '../contenders.js';
import type { Measurement } from '../measurement.js';
import { Work, makeTrees, perhaps, runUntilCompared } from './stage.js';
import { execFileSync } from 'node:child_process';

const [FILES, DIRECTORIES] = [20_000, 500] as const;
const START_DIRECTORIES = 10_000;
/** Bytes of each file of the first sync. */
const SIZE = 4096;

/**
 * From the first write until all names are there; the processor time includes the daemon's rest.
 */
export async function burst(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  writeFileSync(join(trees.source, 'first'), '');
  const work = new Work(scope, contender, trees);
  await work.settled();
  work.count();
  const began = performance.now();
  makeManyFiles(trees.source, FILES, DIRECTORIES);
  work.run();
  const taken = perhaps(await allNames(trees, began));
  const count = await wrong(trees);
  return { milliseconds: taken, processor: work.processor, wrong: count };
}

export async function initial(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  makeManyFiles(trees.source, FILES, DIRECTORIES, SIZE);
  const work = new Work(scope, contender, trees);
  const taken = perhaps(await allNames(trees, work.began));
  const count = await wrong(trees);
  return { milliseconds: taken, processor: work.processor, wrong: count };
}

export async function unchanged(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  makeManyFiles(trees.source, FILES, DIRECTORIES, SIZE);
  copyWhole(trees);
  const spent = await runUntilCompared(scope, contender, trees);
  return { ...spent, wrong: await wrong(trees) };
}

export async function firstFile(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  writeFileSync(join(trees.source, 'first'), 'x');
  const work = new Work(scope, contender, trees);
  const taken = perhaps(await allNames(trees, work.began));
  return { milliseconds: taken, wrong: await wrong(trees) };
}

export async function startUp(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  makeManyFiles(trees.source, START_DIRECTORIES, START_DIRECTORIES);
  // The last name in every order, so that it arrives after everything else was compared.
  mkdirSync(join(trees.source, 'zzz'));
  copyWhole(trees);
  writeFileSync(join(trees.source, 'zzz/marker'), '');
  const spent = await runUntilCompared(scope, contender, trees);
  return { ...spent, wrong: await wrong(trees) };
}

function copyWhole({ source, destination }: Trees): void {
  execFileSync('cp', ['-a', '--', `${source}/.`, destination]);
}
