/**
 * A mirror with `--state-dir` of which processes are killed at random moments while a tree changes:
 * the master, a role, the handler or all of them. The daemon is started again where it has ended,
 * and finds its state whole each time; in the end both trees are equal, and no process is left.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Mirror } from '../harness/mirror.js';
import { describeProcesses, isRunning, mentioning, readProcess } from '../harness/processes.js';
import type { ProcessInfo } from '../harness/processes.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import { Random } from './random.js';

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));
/** Which process is killed; those that run while nothing is synced stand for the others. */
const VICTIMS = [/master\/main\.js/, /watcher\/main\.js/, /executor\/main\.js/, /^\S*rsync /, /./];
/** The writer works until it is ended. */
const SECONDS = 86_400;

/** Throws what is wrong. Returns how often the daemon was started again. */
export async function killAtRandom(
  scope: Scope,
  seed: number,
  kills: number,
  options: readonly string[] = [],
): Promise<number> {
  const base = temporaryDirectory(scope);
  const random = new Random(seed, 9);
  const start = (): Mirror =>
    new Mirror(scope, {
      base,
      // The writer may empty the tree: deletions would wait for approval then.
      options: ['--state-dir', `${base}/state`, '-r0', '-d2', '--max-delete=100%', ...options],
    });
  let mirror = start();
  writeFileSync(`${mirror.source}/first`, 'x');
  const first = mirror;
  await first.daemon.until('the first sync', () => existsSync(`${first.destination}/first`));
  const outside = subdirectory(base, 'outside');
  const words = [mirror.source, outside, String(seed), '0', String(SECONDS)];
  const writer = spawn(process.execPath, [WRITER, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  atEnd(scope, () => void writer.kill('SIGKILL'));
  const earlier: string[] = [];
  let starts = 0;
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + random.below(900));
    await killOne(mirror, random.pick(VICTIMS));
    if (mirror.daemon.exit === undefined) continue;
    await until('nothing of it is left', () => ofDaemon(base).length === 0, {
      detail: () => describeProcesses(ofDaemon(base)),
    });
    starts++;
    earlier.push(mirror.daemon.stderr);
    mirror = start();
  }
  if (writer.exitCode !== null) throw new Error(`the writer has failed (exit ${writer.exitCode})`);
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const patience = { timeout: 120_000, every: 250 };
  try {
    await mirror.equal(patience);
  } catch (error) {
    // One whose role was killed before it watched anything has not started.
    if (mirror.daemon.exit === undefined || /watching/.test(mirror.daemon.stderr))
      throw new Error(`${String(error)}\n--- those before it\n${earlier.join('\n---\n')}`);
    starts++;
    mirror = start();
    await mirror.equal(patience);
  }
  await mirror.daemon.stop('SIGQUIT');
  await mirror.daemon.gone(base);
  return starts;
}

/** Kills it, or everything; and waits until it has ended. Throws when the state was not whole. */
async function killOne({ daemon }: Mirror, victim: RegExp): Promise<void> {
  if (/set aside|damaged|cannot be written/.test(daemon.stderr)) throw new Error(daemon.output);
  const master = readProcess(daemon.pid);
  const found = [...(master === undefined ? [] : [master]), ...daemon.processes()].filter(
    ({ command }) => victim.test(command),
  );
  const all = victim.source === '.' ? found : found.slice(0, 1);
  for (const { pid } of all) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has just ended
    }
  }
  await until('the end of what was killed', () => !all.some(isRunning), {
    detail: () => describeProcesses(all.filter(isRunning)),
  });
  if (all.some(({ pid }) => pid === daemon.pid)) await daemon.exited;
}

function ofDaemon(base: string): ProcessInfo[] {
  return mentioning(base).filter(({ command }) => !/writer\.js/.test(command));
}
