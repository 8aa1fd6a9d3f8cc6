/**
 * Measures what confinement costs: daemons with all mechanisms, with none, and with each one left
 * out, side by side in one run. The cost of a mechanism is the time that is saved without it. Run
 * it as root and in memory, so that no disk is measured: TMPDIR=/dev/shm node dist/bench/cost.js
 * [ROUNDS]
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MECHANISMS } from '../test/confinement/arena-sandbox.js';
import { Cleanup } from '../test/harness/cleanup.js';
import { Daemon } from '../test/harness/daemon.js';
import { makeManyFiles } from '../test/harness/samples.js';
import { subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import { median } from './statistics.js';

const PROGRAM = fileURLToPath(new URL('unconfined.js', import.meta.url));
/** Number of latency samples, and of bursts. */
const [SAMPLES, ROUNDS] = [60, Number(process.argv[2] ?? 10)];
const [FILES, DIRECTORIES] = [5000, 250];
/** Milliseconds between two samples, and until a sample counts as failed. */
const [REST, PATIENCE] = [60, 60_000];

class Variant {
  readonly latencies: number[] = [];
  readonly bursts: number[] = [];
  readonly source: string;
  readonly copy: string;
  private readonly base: string;
  private readonly daemon: Daemon;

  constructor(
    scope: Cleanup,
    readonly title: string,
    without: readonly string[],
  ) {
    this.base = temporaryDirectory(scope);
    [this.source, this.copy] = [subdirectory(this.base, 'source'), subdirectory(this.base, 'copy')];
    writeFileSync(join(this.source, 'first'), '');
    this.daemon = new Daemon(scope, [
      process.execPath,
      PROGRAM,
      without.join(',') || '-',
      '-Mrsyncdirect',
      '-t0',
      '-w0',
      '-W',
      this.source,
      '-D',
      this.copy,
    ]);
  }

  async started(): Promise<void> {
    await this.arrival('first');
  }

  async change(number: number): Promise<void> {
    const began = performance.now();
    writeFileSync(join(this.source, 'file' + number), 'x');
    await this.arrival('file' + number);
    this.latencies.push(performance.now() - began);
    await sleep(REST); // for the next launcher to be ready, as it is in an idle daemon
  }

  /** Moves a prepared tree in as a whole, so that its creation is not measured. */
  async burst(round: number): Promise<void> {
    const [prepared, name] = [subdirectory(this.base, 'prepared'), 'burst' + round];
    makeManyFiles(prepared, FILES, DIRECTORIES);
    // rsync transfers files first, then directories in order
    writeFileSync(join(subdirectory(prepared, 'zzz'), 'last'), '');
    const began = performance.now();
    renameSync(prepared, join(this.source, name));
    await this.arrival(`${name}/zzz/last`);
    this.bursts.push(performance.now() - began);
    rmSync(join(this.source, name), { recursive: true });
    while (existsSync(join(this.copy, name))) await sleep(20);
    await sleep(REST);
  }

  private async arrival(name: string): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!existsSync(join(this.copy, name))) {
      if (performance.now() > end)
        throw new Error(`${this.title}: ${name} does not arrive\n${this.daemon.stderr}`);
      await sleep(1);
    }
  }
}

/** Rotates the order, so that each variant is first equally often. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

const cleanup = new Cleanup();
try {
  const variants = [
    new Variant(cleanup, 'everything', []),
    new Variant(cleanup, 'nothing', MECHANISMS),
    ...MECHANISMS.map((mechanism) => new Variant(cleanup, `all but ${mechanism}`, [mechanism])),
  ];
  for (const variant of variants) await variant.started();
  for (let sample = 0; sample < SAMPLES; sample++)
    for (const variant of rotated(variants, sample)) await variant.change(sample);
  for (let round = 0; round < ROUNDS; round++)
    for (const variant of rotated(variants, round)) await variant.burst(round);

  const [everything] = variants as [Variant];
  console.log(
    `| | latency | everything takes more by | burst | everything takes |\n|${' --- |'.repeat(5)}`,
  );
  for (const { title, latencies, bursts } of variants) {
    // Sample by sample and round by round, as the machine's speed drifts.
    const more = median(
      latencies.map((latency, index) => (everything.latencies[index] ?? NaN) - latency),
    );
    const ratio = median(bursts.map((burst, index) => (everything.bursts[index] ?? NaN) / burst));
    console.log(
      `| ${title} | ${median(latencies).toFixed(1)} ms | ${more.toFixed(1)} ms | ` +
        `${Math.round(median(bursts))} ms | ${ratio.toFixed(3)} |`,
    );
  }
} finally {
  await cleanup.run();
}
