/** The scenarios that are measured. Each creates its own trees and returns milliseconds. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareTrees } from '../test/harness/compare.js';
import { makeManyFiles } from '../test/harness/samples.js';
import { subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import type { Scope } from '../test/harness/temporary.js';
import { until } from '../test/harness/until.js';
import { runRsync, startDaemon } from './contenders.js';
import type { Contender } from './contenders.js';

export interface Measurement {
  /** Empty when the expected state was not reached within `PATIENCE`. */
  readonly milliseconds: readonly number[];
  /** Objects that were still wrong at the destination some seconds after all names had arrived. */
  readonly wrong: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Number of repetitions; contenders take turns in each. */
  readonly rounds: number;
  readonly measure: (scope: Scope, contender: Contender) => Promise<Measurement>;
}

const LATENCY_SAMPLES = 10;
/** Changes per second, and the number of files they are spread over. */
const CHANGES = 400;
const CHANGING = 2000;
const BUSY_SAMPLES = 30;
const FILES = 20_000;
const DIRECTORIES = 500;
const START_DIRECTORIES = 10_000;
/** Milliseconds after which a contender counts as never finished. */
const PATIENCE = 60_000;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'latency',
    title: 'latency: one file written, daemon idle, zero delays',
    rounds: 3,
    measure: latency,
  },
  {
    name: 'busy',
    title: `busy: one file written while ${CHANGES} others change each second, zero delays`,
    rounds: 2,
    measure: busy,
  },
  {
    name: 'burst',
    title: `burst: ${FILES} files made in ${DIRECTORIES} nested directories`,
    rounds: 3,
    measure: burst,
  },
  {
    name: 'first-file',
    title: 'first file: started on a tree of one file, nothing mirrored',
    rounds: 15,
    measure: firstFile,
  },
  {
    name: 'start-up',
    title: `start-up: ${START_DIRECTORIES} directories, already mirrored but for one file`,
    rounds: 3,
    measure: startUp,
  },
];

interface Trees {
  readonly source: string;
  readonly destination: string;
}

function trees(scope: Scope): Trees {
  const base = temporaryDirectory(scope);
  return { source: subdirectory(base, 'source'), destination: subdirectory(base, 'destination') };
}

async function latency(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = trees(scope);
  writeFileSync(join(source, 'first'), '');
  if (contender === 'rsync') runRsync(source, destination);
  else await startAndSettle(scope, contender, { source, destination }, 'first');
  const milliseconds: number[] = [];
  for (let i = 0; i < LATENCY_SAMPLES; i++) {
    await sleep(300);
    const began = performance.now();
    const name = 'file' + i;
    writeFileSync(join(source, name), name);
    if (contender === 'rsync')
      execFileSync('rsync', ['-aH', '--files-from=-', source + '/', destination + '/'], {
        input: name,
      });
    const arrived = (): boolean =>
      existsSync(join(destination, name)) &&
      readFileSync(join(destination, name), 'latin1') === name;
    await until('the file', arrived, { every: 1, timeout: PATIENCE });
    milliseconds.push(performance.now() - began);
  }
  return { milliseconds, wrong: await wrong({ source, destination }) };
}

/** Measures how long a new file waits while other files change all the time. */
async function busy(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = trees(scope);
  makeManyFiles(source, CHANGING, CHANGING / 40);
  const files = filesOf(source);
  writeFileSync(join(source, 'zzz'), '');
  if (contender === 'rsync') runRsync(source, destination);
  else await startAndSettle(scope, contender, { source, destination }, 'zzz');
  const writer = startChanging(files);
  const milliseconds: number[] = [];
  for (let i = 0; i < BUSY_SAMPLES && contender !== 'rsync'; i++) {
    await sleep(200 + 100 * Math.random());
    const name = 'probe' + i;
    const began = performance.now();
    writeFileSync(join(source, name), name);
    const arrived = (): boolean =>
      existsSync(join(destination, name)) &&
      readFileSync(join(destination, name), 'latin1') === name;
    await until('the file', arrived, { every: 1, timeout: PATIENCE });
    milliseconds.push(performance.now() - began);
  }
  clearInterval(writer);
  return { milliseconds, wrong: contender === 'rsync' ? 0 : await wrong({ source, destination }) };
}

/** Rewrites, renames, removes and creates files, `CHANGES` times per second. */
function startChanging(files: string[]): NodeJS.Timeout {
  const began = performance.now();
  let done = 0;
  return setInterval(() => {
    for (const due = ((performance.now() - began) * CHANGES) / 1000; done < due; done++) {
      const index = Math.floor(Math.random() * files.length);
      const file = files[index] as string;
      switch (Math.floor(Math.random() * 10)) {
        case 0:
          renameSync(file, (files[index] = `${file.replace(/\.\d+$/, '')}.${done}`));
          break;
        case 1:
          rmSync(file);
          writeFileSync((files[index] = `${file.replace(/\.\d+$/, '')}.${done}`), `made ${done}`);
          break;
        default:
          writeFileSync(file, `change ${done}`);
      }
    }
  }, 10);
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function burst(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = trees(scope);
  writeFileSync(join(source, 'first'), '');
  if (contender !== 'rsync')
    await startAndSettle(scope, contender, { source, destination }, 'first');
  const began = performance.now();
  makeManyFiles(source, FILES, DIRECTORIES);
  if (contender === 'rsync') runRsync(source, destination);
  const arrived = await reached(() => countNames(destination) >= 1 + FILES + DIRECTORIES);
  return {
    milliseconds: arrived ? [performance.now() - began] : [],
    wrong: await wrong({ source, destination }),
  };
}

async function firstFile(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = trees(scope);
  writeFileSync(join(source, 'first'), 'x');
  const began = performance.now();
  if (contender === 'rsync') runRsync(source, destination);
  else await startAndSettle(scope, contender, { source, destination }, 'first');
  return { milliseconds: [performance.now() - began], wrong: await wrong({ source, destination }) };
}

async function startUp(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = trees(scope);
  makeManyFiles(source, START_DIRECTORIES, START_DIRECTORIES);
  // The last name in every order, so that it arrives after everything else was compared.
  mkdirSync(join(source, 'zzz'));
  runRsync(source, destination);
  writeFileSync(join(source, 'zzz/marker'), '');
  const began = performance.now();
  if (contender === 'rsync') runRsync(source, destination);
  else await startAndSettle(scope, contender, { source, destination }, 'zzz/marker');
  return { milliseconds: [performance.now() - began], wrong: await wrong({ source, destination }) };
}

/** Whether the state was reached within `PATIENCE`. Does not throw, as "never" is a result. */
async function reached(check: () => boolean): Promise<boolean> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(50))
    if (check()) return true;
  return false;
}

async function startAndSettle(
  scope: Scope,
  contender: Exclude<Contender, 'rsync'>,
  { source, destination }: Trees,
  last: string,
): Promise<void> {
  const daemon = startDaemon(scope, contender, source, destination);
  await daemon.until('the initial sync', () => existsSync(join(destination, last)), {
    every: 1,
    timeout: PATIENCE,
  });
}

/**
 * Counts names at any depth without lstat(2), so that the counting does not slow down the program
 * that is measured.
 */
function countNames(directory: string): number {
  let count = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    count += 1 + (entry.isDirectory() ? countNames(join(directory, entry.name)) : 0);
  return count;
}

/**
 * Counts wrong objects, with some tries: temporary names vanish and times are set a moment after
 * the last name has appeared.
 */
async function wrong({ source, destination }: Trees): Promise<number> {
  let count = 0;
  for (let tries = 0; tries < 8; tries++) {
    count = compareTrees(source, destination).length;
    if (count === 0) break;
    await sleep(500);
  }
  return count;
}
