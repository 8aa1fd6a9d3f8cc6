/**
 * How long it takes from the start until all directories are watched, by each monitor, beside the C
 * clsync, lsyncd and a program that does only what cannot be avoided (bare-walk.c). Run it in
 * memory: TMPDIR=/dev/shm node dist/bench/walk.js [DIRECTORIES [ROUNDS]]
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../src/shared/layout.js';
import type { MonitorName } from '../src/shared/monitors.js';
import { Cleanup } from '../test/harness/cleanup.js';
import { needsMounts } from '../test/harness/offers.js';
import { descriptorsOf, readOf } from '../test/harness/processes.js';
import { commandOf, mirrorOptions, needs } from '../test/harness/programs.js';
import { subdirectory, temporaryDirectory } from '../test/harness/temporary.js';
import { Daemon } from '../test/harness/daemon.js';
import type { Scope } from '../test/harness/temporary.js';
import { median } from './statistics.js';

const [DIRECTORIES = 10_000, ROUNDS = 5] = process.argv.slice(2).map(Number);
/** Directories in each of those at the top; each holds FILES_EACH files. */
const [WIDTH, FILES_EACH] = [100, Math.max(1, Math.round(100_000 / DIRECTORIES))];
/** Milliseconds. */
const [PATIENCE, REST] = [120_000, 50];

/** Milliseconds, by what was measured. */
const results = new Map<string, number[]>();

function makeTree(root: string): void {
  for (let made = 0; made < DIRECTORIES; made++) {
    const top = join(root, `t${Math.floor(made / WIDTH)}`);
    const directory = made % WIDTH === 0 ? top : join(top, `d${made % WIDTH}`);
    mkdirSync(directory);
    for (let file = 0; file < FILES_EACH; file++) writeFileSync(join(directory, `f${file}`), '');
  }
}

/** Number of watches of a process. */
function watchesOf(pid: number): number {
  const inotify = [...descriptorsOf(pid)]
    .filter(([, target]) => target === 'anon_inode:inotify')
    .map(([fd]) => fd);
  return inotify.reduce((count, fd) => {
    return count + readOf(pid, `fdinfo/${fd}`).split('\ninotify ').length - 1;
  }, 0);
}

async function measure(what: string, run: (scope: Cleanup) => number | Promise<number>) {
  const scope = new Cleanup();
  try {
    results.set(what, [...(results.get(what) ?? []), await run(scope)]);
  } finally {
    await scope.run();
  }
}

function start(scope: Scope, command: readonly string[]): { daemon: Daemon; began: number } {
  return { daemon: new Daemon(scope, command), began: performance.now() };
}

/** From the start until it says that it watches the tree. */
async function ours(scope: Scope, source: string, monitor: MonitorName): Promise<number> {
  const monitored = `--monitor=${monitor}`;
  const options = ['-Mrsyncdirect', monitored, '--skip-initialsync', '-W', source, '-D'];
  const { daemon, began } = start(scope, [
    ...commandOf('clsync'),
    ...options,
    temporaryDirectory(scope),
  ]);
  await daemon.logged(/watching (\d+|all) director/, { every: 1, timeout: PATIENCE });
  return performance.now() - began;
}

/**
 * From the start until it no longer works, and watches all. Its watches are counted only then, as
 * that takes long and keeps it from adding others.
 */
async function theirs(scope: Scope, command: readonly string[]): Promise<number> {
  const { daemon, began } = start(scope, command);
  let [worked, last] = ['', began];
  await daemon.until(
    'all directories to be watched',
    () => {
      const [now = ''] = readOf(daemon.pid, 'schedstat').split(' ');
      if (now !== worked) [worked, last] = [now, performance.now()];
      if (performance.now() - last < REST || watchesOf(daemon.pid) > DIRECTORIES)
        return performance.now() - last >= REST;
      last = performance.now();
      return false;
    },
    { every: 1, timeout: PATIENCE },
  );
  return last - began;
}

const cleanup = new Cleanup();
try {
  const base = temporaryDirectory(cleanup);
  // The C clsync, once it is an ordinary user, makes a directory there and leaves it behind.
  chmodSync(base, 0o1777);
  process.env['TMPDIR'] = base;
  const [tree, empty] = [subdirectory(base, 'tree'), subdirectory(base, 'empty')];
  const bare = join(base, 'bare-walk');
  execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-o', bare, `${FILES.root}bench/bare-walk.c`]);
  makeTree(tree);
  for (let round = 0; round < ROUNDS; round++) {
    await measure('bare walk', () => Number(execFileSync(bare, [tree], { encoding: 'utf8' })));
    await measure('this, empty tree', (scope) => ours(scope, empty, 'inotify'));
    await measure('this', (scope) => ours(scope, tree, 'inotify'));
    if (needsMounts() === false)
      await measure('this, fanotify', (scope) => ours(scope, tree, 'fanotify'));
    if (needs('original') === false)
      await measure('C clsync', (scope) => {
        const options = ['-Mrsyncdirect', '--skip-initialsync', '-W', tree, '-D'];
        return theirs(scope, [...commandOf('original'), ...options, temporaryDirectory(scope)]);
      });
    if (needs('lsyncd') === false)
      await measure('lsyncd', (scope) => {
        const destination = temporaryDirectory(scope);
        const options = mirrorOptions(scope, 'lsyncd', { source: tree, destination });
        return theirs(scope, [...commandOf('lsyncd'), ...options]);
      });
  }
  const of = (what: string): number => median(results.get(what) ?? []);
  for (const [what, all] of results)
    console.log(
      `${what}: ${Math.round(of(what))} ms (${Math.round(Math.min(...all))} to ` +
        `${Math.round(Math.max(...all))})`,
    );
  const walk = of('this') - of('this, empty tree');
  console.log(`the walk takes ${(walk / of('bare walk')).toFixed(2)} times the bare one`);
} finally {
  await cleanup.run();
}
