/**
 * Processes of a mirror are killed at random moments while a tree changes; in the end both trees
 * are equal, and no process is left.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd, subdirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { KilledMirror } from './killed.js';
import { LargeDirectories } from './large.js';
import { Random } from './random.js';

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));
/** The writer works until it is ended. */
const SECONDS = 86_400;

/** Throws what is wrong. Returns how often the daemon was started again. */
export async function killAtRandom(
  scope: Scope,
  seed: number,
  kills: number,
  options: readonly string[] = [],
): Promise<number> {
  const random = new Random(seed, 9);
  const killed = new KilledMirror(scope, random, options);
  const first = killed.mirror;
  writeFileSync(`${first.source}/first`, 'x');
  await first.daemon.until('the first sync', () => existsSync(`${first.destination}/first`));
  const outside = subdirectory(killed.base, 'outside');
  const words = [first.source, outside, String(seed), '0', String(SECONDS)];
  const writer = spawn(process.execPath, [WRITER, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  atEnd(scope, () => void writer.kill('SIGKILL'));
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + random.below(900));
    await killed.kill();
  }
  if (writer.exitCode !== null) throw new Error(`the writer has failed (exit ${writer.exitCode})`);
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  await killed.equal();
  await killed.stop();
  return killed.starts;
}

/**
 * The same while large directories are made, moved, replaced and removed, also where the daemon is
 * down. The trees are compared after a few kills each: what follows may hide a difference.
 */
export async function killAmongLarge(
  scope: Scope,
  seed: number,
  kills: number,
  options: readonly string[] = [],
): Promise<number> {
  const random = new Random(seed, 9);
  const killed = new KilledMirror(scope, random, options);
  const large = new LargeDirectories(
    killed.mirror.source,
    subdirectory(killed.base, 'outside'),
    random,
  );
  await killed.equal();
  for (let done = 0; done < kills;) {
    const changes: string[] = [];
    const change = (): void => void changes.push(large.change());
    const whileDown = (): void => {
      for (let more = random.below(3); more > 0; more--) change();
    };
    for (let left = 2 + random.below(5); left > 0 && done < kills; left--, done++) {
      for (let more = 1 + random.below(3); more > 0; more--) {
        change();
        await sleep(random.below(150));
      }
      await sleep(random.below(random.below(3) === 0 ? 60 : 500));
      await killed.kill(whileDown);
      changes.push(`kill ${done}`);
    }
    try {
      await killed.equal();
    } catch (error) {
      throw new Error(`${String(error)}\n--- changes\n${changes.join('\n')}`);
    }
  }
  await killed.stop();
  return killed.starts;
}
