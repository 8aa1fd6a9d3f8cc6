/**
 * A destination that is out of reach while the source changes: memory and processor time of the
 * daemon's processes by minute, and how long it takes to converge once the destination is back.
 * Run it as root: node dist/bench/outage.js [MINUTES [CHANGES-A-SECOND]]. Its exit status says
 * whether memory stayed flat and the copy became equal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cleanup } from '../test/harness/cleanup.js';
import { compareTrees, describeDifferences } from '../test/harness/compare.js';
import { Daemon } from '../test/harness/daemon.js';
import { commandOf } from '../test/harness/programs.js';
import { startRsyncDaemon } from '../test/harness/servers.js';
import { atEnd, subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import { ownMemory } from './own-memory.js';
import { Scattered } from './scattered.js';
import { Way } from './way.js';

const MINUTES = Number(process.argv[2] ?? 10);
const RATE = Number(process.argv[3] ?? 200);
/** Milliseconds between two handfuls of changes, and after which the copy counts as never equal. */
const [PAUSE, PATIENCE] = [50, 300_000];
/** The kernel's clock ticks in a second (USER_HZ). */
const TICKS = 100;
/** The memory of the second half may be so much more than that of the first. */
const FLAT = 1.1;

const ROLES = ['master', 'watcher', 'executor'] as const;
type Role = (typeof ROLES)[number];

interface Usage {
  /** Bytes that are the process's own. */
  readonly memory: number;
  /** Seconds, with those of its children that have ended. */
  readonly time: number;
}

function usageOf(daemon: Daemon, role: Role): Usage {
  const pid =
    role === 'master' ? daemon.pid : daemon.find(new RegExp(`roles/${role}/main\\.js`))?.pid;
  if (pid === undefined) throw new Error(`no ${role}\n${daemon.output}`);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { memory: ownMemory(pid), time: ticks / TICKS };
}

async function changeFor(scattered: Scattered, milliseconds: number): Promise<void> {
  const began = performance.now();
  for (let done = 0; performance.now() - began < milliseconds; await sleep(PAUSE))
    for (; done < ((performance.now() - began) / 1000) * RATE; done++) scattered.change();
}

const cleanup = new Cleanup();
try {
  const base = temporaryDirectory(cleanup);
  const [source, copy] = [subdirectory(base, 'source'), join(base, 'copy')];
  const scattered = new Scattered(source);
  const { url } = await startRsyncDaemon(cleanup, copy);
  const { hostname, port, pathname } = new URL(url.replace('rsync:', 'http:'));
  const way = new Way(hostname, Number(port));
  await way.open();
  atEnd(cleanup, () => way.close());
  const daemon = new Daemon(cleanup, [
    ...commandOf('clsync'),
    ...['-Mrsyncdirect', '-W', source, '-D', `rsync://${hostname}:${way.port}${pathname}`],
    ...['-t1', '-w1', '-r0'],
  ]);
  await daemon.logged(/initial sync done/, { timeout: 60_000 });

  way.close();
  console.log(
    `${MINUTES} minutes at ${RATE} changes a second, Node ${process.version}.\n\n` +
      `| minute | ${ROLES.map((role) => `${role} MiB`).join(' | ')} | ` +
      `${ROLES.map((role) => `${role} CPU`).join(' | ')} | tries |\n|${' --- |'.repeat(8)}`,
  );
  const sums: number[] = [];
  let before = ROLES.map((role) => usageOf(daemon, role));
  let tries = 0;
  for (let minute = 1; minute <= MINUTES; minute++) {
    await changeFor(scattered, 60_000);
    const after = ROLES.map((role) => usageOf(daemon, role));
    const failures = daemon.stderr.split(/the sync of \d+ paths? failed/).length - 1;
    const memory = after.map((usage) => usage.memory / 2 ** 20);
    const shares = after.map(({ time }, index) => (time - (before[index]?.time ?? 0)) / 60);
    sums.push(memory.reduce((sum, value) => sum + value, 0));
    console.log(
      `| ${minute} | ${memory.map((value) => value.toFixed(0)).join(' | ')} | ` +
        `${shares.map((value) => `${(value * 100).toFixed(1)} %`).join(' | ')} | ${failures - tries} |`,
    );
    [before, tries] = [after, failures];
  }

  await way.open();
  const back = performance.now();
  const said = daemon.stderr.length;
  // Comparing holds up the way, which is in this process.
  const differences = () => compareTrees(source, copy);
  while (!/ info: synced /.test(daemon.stderr.slice(said)) && performance.now() - back < PATIENCE)
    await sleep(50);
  const synced = ((performance.now() - back) / 1000).toFixed(1);
  let left = differences();
  while (left.length > 0 && performance.now() - back < PATIENCE) {
    await sleep(500);
    left = differences();
  }
  const seconds = ((performance.now() - back) / 1000).toFixed(1);
  console.log(
    left.length === 0
      ? `\nEqual ${seconds} s after the return of the destination, with the comparison; ` +
          `the first sync had ended after ${synced} s.`
      : `\nNot equal:\n${describeDifferences(left)}`,
  );
  const half = Math.floor(sums.length / 2);
  // One minute is too little to compare with.
  const isFlat =
    half < 2 || Math.max(...sums.slice(half)) <= FLAT * Math.max(...sums.slice(0, half));
  if (!isFlat) console.log('Memory is not flat.');
  if (left.length > 0 || !isFlat) process.exitCode = 1;
} finally {
  await cleanup.run();
}
