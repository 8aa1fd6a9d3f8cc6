/** Changes of single files, while nothing else happens or a lot. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeManyFiles } from '../../test/harness/samples.js';
import { atEnd } from '../../test/harness/temporary.js';
import type { Scope } from '../../test/harness/temporary.js';
import { closely, eventually, holds, wrong } from '../arrival.js';
import type { Contender, DaemonContender } from '../contenders.js';
import type { Measurement } from '../measurement.js';
import { Work, makeTrees, perhaps } from './stage.js';

const LATENCY_SAMPLES = 20;
const BUSY_SAMPLES = 60;
/** Changes per second, and the number of files they are spread over. */
const [CHANGES, CHANGING] = [400, 2000] as const;
const CHURN_WRITERS = 2;
const CHURN_SECONDS = Number(process.env['CLSYNC_BENCH_CHURN'] ?? 60);
const WRITER = fileURLToPath(new URL('../writer.js', import.meta.url));

export async function latency(scope: Scope, contender: Contender): Promise<Measurement> {
  const { source, destination } = makeTrees(scope);
  writeFileSync(join(source, 'first'), '');
  const work = new Work(scope, contender, { source, destination });
  await work.settled();
  const milliseconds: number[] = [];
  for (let i = 0; i < LATENCY_SAMPLES; i++) {
    await sleep(300);
    const name = 'file' + i;
    const began = performance.now();
    writeFileSync(join(source, name), name);
    work.run(name);
    const taken = closely(began, () => holds(join(destination, name), name));
    milliseconds.push(...perhaps(taken));
  }
  return { milliseconds, wrong: await wrong({ source, destination }) };
}

/** Measures how long a new file waits while other files change all the time. */
export async function busy(scope: Scope, contender: DaemonContender): Promise<Measurement> {
  const { source, destination } = makeTrees(scope);
  makeManyFiles(source, CHANGING, CHANGING / 40);
  const work = new Work(scope, contender, { source, destination });
  await work.settled();
  const writer = startWriter(scope, source, 3600);
  work.count();
  const milliseconds: number[] = [];
  for (let i = 0; i < BUSY_SAMPLES; i++) {
    await sleep(200 + 100 * Math.random());
    const name = 'probe' + i;
    const began = performance.now();
    writeFileSync(join(source, name), name);
    const taken = await eventually(began, () => holds(join(destination, name), name));
    milliseconds.push(...perhaps(taken));
  }
  const { processor } = work;
  writer.kill();
  await once(writer, 'exit');
  return { milliseconds, processor, wrong: await wrong({ source, destination }) };
}

/** Processor time of a while of changes, until the last of them has arrived. */
export async function churn(scope: Scope, contender: DaemonContender): Promise<Measurement> {
  const { source, destination } = makeTrees(scope);
  makeManyFiles(source, CHANGING, CHANGING / 40);
  const work = new Work(scope, contender, { source, destination });
  await work.settled();
  await sleep(1000);
  work.count();
  const writers = Array.from({ length: CHURN_WRITERS }, (_, part) =>
    once(startWriter(scope, source, CHURN_SECONDS, part, CHURN_WRITERS), 'exit'),
  );
  await Promise.all(writers);
  const began = performance.now();
  writeFileSync(join(source, 'last'), 'last');
  const taken = await eventually(began, () => holds(join(destination, 'last'), 'last'));
  const { processor } = work;
  return { milliseconds: perhaps(taken), processor, wrong: await wrong({ source, destination }) };
}

/** Of `parts` writers, which together make all changes. */
function startWriter(
  scope: Scope,
  source: string,
  seconds: number,
  part = 0,
  parts = 1,
): ReturnType<typeof spawn> {
  const words = [WRITER, source, ...[CHANGES / parts, seconds, part, parts].map(String)];
  const writer = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  atEnd(scope, () => void writer.kill('SIGKILL'));
  return writer;
}
