/**
 * Hundreds of long trials, two at a time: node dist/test/convergence/soak.js [FIRST-SEED [COUNT
 * [MODE [SECONDS]]]] [OPTIONS of clsync].
 * Prints how to repeat each failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { VARIANTS } from './trial.js';

const RUN = fileURLToPath(new URL('run.js', import.meta.url));
const AT_ONCE = 2;

const given = process.argv.slice(2);
const options = given.filter((word) => word.startsWith('-'));
const [start = '1', most = '200', mode = 'rsyncdirect', seconds = '20'] = given.filter(
  (word) => !options.includes(word),
);
const [first, count] = [Number(start), Number(most)];
const failures: string[] = [];
let next = first;

async function work(): Promise<void> {
  while (next < first + count) {
    const seed = next++;
    // Every fifth seed kills roles, every fifth overflows the queue, the others are plain.
    const variant = VARIANTS[seed % 5 < 2 ? (seed % 5) + 1 : 0] as string;
    const words = [
      '--seed',
      String(seed),
      '--seconds',
      seconds,
      '--variant',
      variant,
      '--mode',
      mode,
      ...(options.length === 0 ? [] : ['--', ...options]),
    ];
    const child = spawn(process.execPath, [RUN, ...words], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) failures.push(`node dist/test/convergence/run.js ${words.join(' ')}`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
if (failures.length > 0) {
  console.log(`repeat the failures with:\n${failures.join('\n')}`);
  process.exitCode = 1;
}
console.log(`${count - failures.length} passed, ${failures.length} failed`);
