/**
 * One file written, and copied over ssh on the loopback interface: with the connection that is kept
 * open, without it, and by lsyncd; by turns. Run it as root: node dist/bench/ssh.js [SAMPLES]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cleanup } from '../test/harness/cleanup.js';
import { Mirror } from '../test/harness/mirror.js';
import { startSshd } from '../test/harness/servers.js';
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
  const times = contenders.map((): number[] => []);
  const arrival = async ({ destination }: Mirror, name: string): Promise<void> =>
    until(name, () => existsSync(`${destination}/${name}`), { every: 1 });
  for (const [, mirror] of contenders) await arrival(mirror, 'first');
  for (let sample = 0; sample < SAMPLES; sample++)
    for (const [index, [, mirror]] of contenders.entries()) {
      await sleep(REST);
      const began = performance.now();
      writeFileSync(`${mirror.source}/${sample}`, 'x');
      await arrival(mirror, String(sample));
      times[index]?.push(performance.now() - began);
    }
  const all = times.map(median);
  console.log(`| ${SAMPLES} samples | median | 95 % | to lsyncd |\n|${' --- |'.repeat(4)}`);
  for (const [index, [what]] of contenders.entries())
    console.log(
      `| ${what} | ${all[index]?.toFixed(0)} ms | ` +
        `${quantile(times[index] ?? [], 0.95).toFixed(0)} ms | ` +
        `${((all[index] ?? NaN) / (all[2] ?? NaN)).toFixed(2)} |`,
    );
} finally {
  await cleanup.run();
}
