/**
 * Several destinations of one watch (`--also-to`), one of them out of reach while the source
 * changes: latencies at the others before and meanwhile, memory of each executor by minute, and
 * whether all are equal once it is back. Run it as root:
 * node dist/bench/several.js [MINUTES [CHANGES-A-SECOND]]
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { InstanceStatus } from '../src/shared/control-status.js';
import { Cleanup } from '../test/harness/cleanup.js';
import { compareTrees, describeDifferences } from '../test/harness/compare.js';
import { Daemon } from '../test/harness/daemon.js';
import { commandOf } from '../test/harness/programs.js';
import { startRsyncDaemon } from '../test/harness/servers.js';
import { atEnd, subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import { eventually } from './arrival.js';
import { ownMemory } from './own-memory.js';
import { Scattered } from './scattered.js';
import { quantile } from './statistics.js';
import { Way } from './way.js';

const MINUTES = Number(process.argv[2] ?? 5);
const RATE = Number(process.argv[3] ?? 200);
/** Milliseconds between two handfuls of changes, and two looks whether a probe has arrived. */
const [PAUSE, LOOKS] = [50, 5];
/**
 * Milliseconds between two probes, at random: the daemon begins a sync each second, and probes with a
 * second between them would all come at the same time of it.
 */
const PROBES = { least: 200, most: 800 } as const;
/** Milliseconds after which the copies count as never equal. */
const PATIENCE = 300_000;

const [program, ...first] = commandOf('clsync') as [string, ...string[]];
const call = promisify(execFile);

async function statusOf(socket: string): Promise<InstanceStatus> {
  const words = [...first, 'ctl', `--socket=${socket}`, '--json', 'status'];
  return JSON.parse((await call(program, words)).stdout) as InstanceStatus;
}

/** MiB that are the process's own; of a role, that of the last of those that were started for it. */
function memoryOf(pid: number | undefined): string {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const isKeeper = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('clsync-launch');
  if (isKeeper && child !== '') return memoryOf(Number(child));
  return (ownMemory(Number(pid)) / 2 ** 20).toFixed(0);
}

/** Milliseconds until each probe has come to each of the copies. */
async function minute(scattered: Scattered, copies: readonly string[]): Promise<number[][]> {
  const began = performance.now();
  const latencies = copies.map((): number[] => []);
  const waiting: Promise<void>[] = [];
  let [probes, next] = [0, 0];
  for (let done = 0; performance.now() - began < 60_000; await sleep(PAUSE)) {
    for (; done < ((performance.now() - began) / 1000) * RATE; done++) scattered.change();
    if (performance.now() - began < next) continue;
    next += PROBES.least + Math.random() * (PROBES.most - PROBES.least);
    const name = `probe-${scattered.number}-${probes++}`;
    writeFileSync(join(scattered.source, name), '');
    const since = performance.now();
    for (const [index, copy] of copies.entries())
      waiting.push(
        eventually(since, () => existsSync(join(copy, name)), LOOKS).then(
          (time) => void latencies[index]?.push(time ?? Infinity),
        ),
      );
  }
  await Promise.all(waiting);
  return latencies;
}

const cleanup = new Cleanup();
try {
  const base = temporaryDirectory(cleanup);
  const [source, one, two] = ['source', 'one', 'two'].map((name) => subdirectory(base, name)) as [
    string,
    string,
    string,
  ];
  const far = join(base, 'far');
  const scattered = new Scattered(source);
  const { url } = await startRsyncDaemon(cleanup, far);
  const { hostname, port, pathname } = new URL(url.replace('rsync:', 'http:'));
  const way = new Way(hostname, Number(port));
  await way.open();
  atEnd(cleanup, () => way.close());
  const socket = join(base, 'socket');
  const daemon = new Daemon(cleanup, [
    ...commandOf('clsync'),
    ...['-Mrsyncdirect', '-W', source, '-D', one, '--also-to', two],
    ...['--also-to', `rsync://${hostname}:${way.port}${pathname}`],
    ...['-t0.1', '-w1', `--socket=${socket}`],
  ]);
  const isReady = (): boolean => daemon.stderr.split('initial sync done').length > 3;
  await daemon.until('the initial syncs', isReady, { timeout: 60_000 });

  const row = async (name: string): Promise<void> => {
    const latencies = await minute(scattered, [one, two]);
    const { processes, destinations } = await statusOf(socket);
    const memory = processes.map(({ pid }) => memoryOf(pid));
    const times = latencies.map((all) =>
      [0.5, 0.95].map((share) => quantile(all, share).toFixed(0)).join(' / '),
    );
    const load = loadavg()[0]?.toFixed(0);
    console.log(`| ${[name, ...times, ...memory, destinations[2]?.waiting, load].join(' | ')} |`);
  };
  const { processes } = await statusOf(socket);
  console.log(
    `${MINUTES} minutes at ${RATE} changes a second, Node ${process.version}.\n\n` +
      `| minute | one ms p50 / p95 | two ms p50 / p95 | ` +
      `${processes.map(({ role }) => `${role} MiB`).join(' | ')} | waiting for 3 | load |\n` +
      `|${' --- |'.repeat(processes.length + 5)}`,
  );
  await row('before');
  way.close();
  for (let at = 1; at <= MINUTES; at++) await row(String(at));

  await way.open();
  const back = performance.now();
  const flushed = await call(program, [
    ...first,
    'ctl',
    `--socket=${socket}`,
    'flush',
    '--timeout=300',
  ]).then(() => 'done', String);
  const seconds = ((performance.now() - back) / 1000).toFixed(1);
  let left = [one, two, far].flatMap((copy) => compareTrees(source, copy));
  while (left.length > 0 && performance.now() - back < PATIENCE) {
    await sleep(500);
    left = [one, two, far].flatMap((copy) => compareTrees(source, copy));
  }
  console.log(`\nFlush after the return: ${flushed}, ${seconds} s. Differences: ${left.length}.`);
  if (left.length > 0) console.log(describeDifferences(left));
  if (left.length > 0) process.exitCode = 1;
} finally {
  await cleanup.run();
}
