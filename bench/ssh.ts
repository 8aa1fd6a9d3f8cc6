/**
 * One file written, and copied over ssh on the loopback interface: with the connection that is kept
 * open, without it, and by lsyncd; and by rsync alone over a kept connection, called once the file
 * is there, which is the lower limit; by turns. Run it as root: node dist/bench/ssh.js [SAMPLES]
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cleanup } from '../test/harness/cleanup.js';
import { Mirror } from '../test/harness/mirror.js';
import { startSshd } from '../test/harness/servers.js';
import { atEnd, temporaryDirectory } from '../test/harness/temporary.js';
import { until } from '../test/harness/until.js';
import { median, quantile } from './statistics.js';

const SAMPLES = Number(process.argv[2] ?? 30);
/** Milliseconds between two samples, in which a sync ends, and a connection is made. */
const REST = 1000;

const cleanup = new Cleanup();
try {
  const server = await startSshd(cleanup);
  const start = (program: 'clsync' | 'lsyncd', ...words: readonly string[]): Mirror =>
    new Mirror(cleanup, {
      program,
      destination: (path) => `${server.host}:${path}`,
      environment: server.environment,
      ...(program === 'clsync' && { options: ['--handler-allow', server.directory, ...words] }),
      prepare: (source) => writeFileSync(`${source}/first`, ''),
    });
  const contenders = [
    ['connection kept', start('clsync')],
    ['--keep-connection=0', start('clsync', '--keep-connection=0')],
    ['lsyncd', start('lsyncd')],
  ] as const;
  const base = temporaryDirectory(cleanup);
  for (const name of ['source', 'destination']) mkdirSync(`${base}/${name}`);
  const options = { env: { ...process.env, ...server.environment } };
  const ssh = `${server.environment.RSYNC_RSH} -o ControlPath=${base}/connection`;
  execFileSync('sh', ['-c', `${ssh} -o ControlMaster=yes -fN ${server.host}`], options);
  atEnd(
    cleanup,
    () => void execFileSync('sh', ['-c', `${ssh} -O exit ${server.host} 2>&1`], options),
  );
  const bare = async (name: string): Promise<void> => {
    writeFileSync(`${base}/source/${name}`, 'x');
    const words = [
      '-aH',
      '-e',
      ssh,
      `${base}/source/${name}`,
      `${server.host}:${base}/destination/`,
    ];
    await promisify(execFile)('rsync', words, options);
  };
  const times = contenders.map((): number[] => []);
  const bareTimes: number[] = [];
  const arrival = async ({ destination }: Mirror, name: string): Promise<void> =>
    until(name, () => existsSync(`${destination}/${name}`), { every: 1 });
  for (const [, mirror] of contenders) await arrival(mirror, 'first');
  for (let sample = 0; sample < SAMPLES; sample++) {
    await sleep(REST);
    const start = performance.now();
    const done = bare(String(sample));
    await until('the copy', () => existsSync(`${base}/destination/${sample}`), { every: 1 });
    bareTimes.push(performance.now() - start);
    await done;
    for (const [index, [, mirror]] of contenders.entries()) {
      await sleep(REST);
      const began = performance.now();
      writeFileSync(`${mirror.source}/${sample}`, 'x');
      await arrival(mirror, String(sample));
      times[index]?.push(performance.now() - began);
    }
  }
  console.log(`| ${SAMPLES} samples | median | 95 % | to lsyncd |\n|${' --- |'.repeat(4)}`);
  const row = (what: string, samples: readonly number[]): void =>
    console.log(
      `| ${what} | ${median(samples).toFixed(0)} ms | ${quantile(samples, 0.95).toFixed(0)} ms | ` +
        `${(median(samples) / median(times[2] ?? [])).toFixed(2)} |`,
    );
  for (const [index, [what]] of contenders.entries()) row(what, times[index] ?? []);
  row('rsync alone, connection kept', bareTimes);
} finally {
  await cleanup.run();
}
