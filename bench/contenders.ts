/** The programs that are compared. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FILES } from '../src/shared/layout.js';
import { Daemon } from '../test/harness/daemon.js';
import { commandOf, mirrorOptions, needs } from '../test/harness/programs.js';
import type { Program } from '../test/harness/programs.js';
import type { Scope } from '../test/harness/temporary.js';
import type { ProcessorTime } from './processor-time.js';

export interface Trees {
  readonly source: string;
  readonly destination: string;
}

interface Described {
  /** For the command line. */
  readonly name: string;
  readonly title: string;
  /** False, or why it cannot run. */
  readonly lacks: () => string | false;
}

export interface DaemonContender extends Described {
  readonly command: (scope: Scope, trees: Trees) => readonly string[];
  /** What it writes once source and destination have been compared; undefined: nothing. */
  readonly settled?: RegExp;
  /** Added for a run that ends once both are equal. */
  readonly once?: readonly string[];
}

/** Run at the right moment: no daemon, but a lower limit for those that are. */
export interface OneShot extends Described {
  readonly run: (trees: Trees, name?: string) => readonly string[];
}

export type Contender = DaemonContender | OneShot;

const LOOP = join(FILES.root, 'build/bench/copy-loop');
const RSYNC = ['-aH', '--modify-window=-1'];

function daemon(
  name: string,
  title: string,
  program: Program,
  ...options: string[]
): DaemonContender {
  return {
    name,
    title,
    lacks: () => needs(program),
    command: (scope, trees) => [
      ...commandOf(program),
      ...mirrorOptions(scope, program, { ...trees, ...(options.length > 0 && { options }) }),
    ],
  };
}

/** The first that can run is what the others are compared with. */
export const CONTENDERS: readonly Contender[] = [
  { ...daemon('mirror', 'this, mirror', 'clsync', '-Mmirror'), settled: /initial sync done/ },
  { ...daemon('rsyncdirect', 'this, rsyncdirect', 'clsync'), settled: /initial sync done/ },
  { ...daemon('original', 'C clsync', 'original'), once: ['--only-initialsync'] },
  { ...daemon('lsyncd', 'lsyncd, rsync', 'lsyncd'), settled: /Startup of .* finished/ },
  {
    ...daemon('lsyncd-direct', 'lsyncd, direct', 'lsyncd-direct'),
    settled: /Startup of .* finished/,
  },
  {
    name: 'rsync',
    title: 'bare rsync',
    lacks: () => (spawnSync('rsync', ['--version']).error ? 'rsync is not installed' : false),
    run: ({ source, destination }, name) =>
      name === undefined
        ? ['rsync', ...RSYNC, '--delete', `${source}/`, `${destination}/`]
        : ['rsync', ...RSYNC, '--relative', `${source}/./${name}`, `${destination}/`],
  },
  {
    name: 'loop',
    title: 'C copy loop',
    lacks: compileLoop,
    run: ({ source, destination }) => [LOOP, source, destination],
  },
];

export function isDaemon(contender: Contender): contender is DaemonContender {
  return 'command' in contender;
}

export function startDaemon(
  scope: Scope,
  contender: DaemonContender,
  trees: Trees,
  time: ProcessorTime,
  ...options: readonly string[]
): Daemon {
  return new Daemon(scope, time.counting([...contender.command(scope, trees), ...options]));
}

/** Runs it once for the whole tree, or for one name of the root. */
export function runOnce(
  contender: OneShot,
  trees: Trees,
  time: ProcessorTime,
  name?: string,
): void {
  const [program, ...words] = time.counting(contender.run(trees, name)) as [string, ...string[]];
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function compileLoop(): string | false {
  mkdirSync(dirname(LOOP), { recursive: true });
  const source = join(FILES.root, 'bench/copy-loop.c');
  return spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', LOOP, source], {
    stdio: 'inherit',
  }).status === 0
    ? false
    : 'it cannot be compiled';
}
