/**
 * Very many changes of a few files, as fast as two writers can: the watcher and the whole daemon by
 * each monitor, beside a loop that only reads the events (torrent.c). As root, in memory:
 * TMPDIR=/dev/shm node dist/bench/torrent.js [CHANGES [ROUNDS [OPTION...]]]
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../src/shared/layout.js';
import { Cleanup } from '../test/harness/cleanup.js';
import { Daemon } from '../test/harness/daemon.js';
import { needsMounts } from '../test/harness/offers.js';
import { readOf, tasksOf } from '../test/harness/processes.js';
import { commandOf } from '../test/harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import type { Scope } from '../test/harness/temporary.js';
import { eventually, holds, wrong } from './arrival.js';
import { ProcessorTime } from './processor-time.js';
import { median } from './statistics.js';

const [CHANGES = 1_000_000, ROUNDS = 3] = process.argv.slice(2, 4).map(Number);
const OPTIONS = process.argv.slice(4);
const WRITERS = 2;
/** As torrent.c has them. */
const [NUMBER_OF_FILES, DIRECTORIES] = [1000, 10] as const;
const PATIENCE = 60_000;
const NANOSECONDS_IN_MILLISECOND = 1e6;

interface Result {
  /** Milliseconds: of the writers; processor time of who reads, and of all that belongs to it. */
  readonly written: number;
  readonly reader: number;
  readonly all: number;
  readonly overflows: number;
  readonly wrong: number;
}

function makeTree(source: string): void {
  for (let at = 0; at < DIRECTORIES; at++) subdirectory(source, `d${at}`);
  for (let at = 0; at < NUMBER_OF_FILES; at++)
    writeFileSync(join(source, `d${at % DIRECTORIES}`, `f${at}`), '');
}

/** Milliseconds that the writers took. */
async function write(program: string, source: string): Promise<number> {
  const began = performance.now();
  const writers = Array.from({ length: WRITERS }, (_, part) => {
    const words = ['write', source, ...[part, WRITERS, CHANGES / WRITERS].map(String)];
    return once(spawn(program, words, { stdio: 'inherit' }), 'exit');
  });
  await Promise.all(writers);
  const taken = performance.now() - began;
  writeFileSync(join(source, 'last'), 'last');
  return taken;
}

async function bare(scope: Scope, program: string, source: string): Promise<Result> {
  const reader: ChildProcess = spawn(program, ['read', source]);
  atEnd(scope, () => void reader.kill('SIGKILL'));
  let text = '';
  reader.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  await once(reader.stdout as NodeJS.EventEmitter, 'data');
  const written = await write(program, source);
  await once(reader, 'close');
  const [time = NaN, , overflows = NaN] = (text.split('\n')[1] ?? '').split(' ').map(Number);
  return { written, reader: time, all: time, overflows, wrong: 0 };
}

/** Of all its threads. */
function timeOf(pid: number): number {
  return tasksOf(pid).reduce(
    (sum, task) =>
      sum +
      Number(readOf(pid, `task/${task}/schedstat`).split(' ', 1)[0]) / NANOSECONDS_IN_MILLISECOND,
    0,
  );
}

async function ours(
  scope: Scope,
  program: string,
  trees: { source: string; destination: string },
  options: readonly string[],
): Promise<Result> {
  const time = new ProcessorTime(scope);
  const { source, destination } = trees;
  const command = [...commandOf('clsync'), ...options, '-W', source, '-D', destination];
  const daemon = new Daemon(scope, time.counting([...command, ...OPTIONS]));
  await daemon.logged(/initial sync done/, { timeout: PATIENCE });
  const watcher = daemon.find(/roles\/watcher\/main\.js/)?.pid ?? NaN;
  const [before, all] = [timeOf(watcher), time.seconds];
  const written = await write(program, source);
  await eventually(performance.now(), () => holds(join(destination, 'last'), 'last'), 20);
  const result = {
    written,
    reader: timeOf(watcher) - before,
    all: (time.seconds - all) * 1000,
    overflows: [...`${daemon.stdout}${daemon.stderr}`.matchAll(/queue overflowed/g)].length,
  };
  return { ...result, wrong: await wrong(trees) };
}

const cleanup = new Cleanup();
try {
  const base = temporaryDirectory(cleanup);
  process.env['TMPDIR'] = base;
  const program = join(base, 'torrent');
  execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-o', program, `${FILES.root}bench/torrent.c`]);
  const variants = ['inotify', ...(needsMounts() === false ? ['fanotify'] : [])].flatMap((source) =>
    ['mirror', 'rsyncdirect'].map((mode) => [`-M${mode}`, `--monitor=${source}`]),
  );
  const results = new Map<string, Result[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const options of [undefined, ...variants]) {
      const scope = new Cleanup();
      const what = options?.join(' ') ?? 'bare loop';
      try {
        const directory = temporaryDirectory(scope);
        const source = subdirectory(directory, 'source');
        const destination = subdirectory(directory, 'destination');
        makeTree(source);
        const result =
          options === undefined
            ? await bare(scope, program, source)
            : await ours(scope, program, { source, destination }, options);
        results.set(what, [...(results.get(what) ?? []), result]);
        console.error(what, JSON.stringify(result));
      } finally {
        await scope.run();
      }
    }
  const of = (what: string, key: keyof Result): number =>
    median((results.get(what) ?? []).map((result) => result[key]));
  for (const what of results.keys())
    console.log(
      `${what}: reader ${of(what, 'reader').toFixed(0)} ms ` +
        `(${(of(what, 'reader') / of('bare loop', 'reader')).toFixed(2)}), all ` +
        `${of(what, 'all').toFixed(0)} ms (${(of(what, 'all') / of('bare loop', 'all')).toFixed(2)}), ` +
        `written in ${of(what, 'written').toFixed(0)} ms, overflows ` +
        `${(results.get(what) ?? []).map(({ overflows }) => overflows).join(' ')}, ` +
        `wrong ${of(what, 'wrong')}`,
    );
} finally {
  await cleanup.run();
}
