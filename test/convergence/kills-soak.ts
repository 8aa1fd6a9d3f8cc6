/** Hundreds of random kills: node dist/test/convergence/kills-soak.js [KILLS [SEED]]. */
import { Cleanup } from '../harness/cleanup.js';
import { killAtRandom } from './kills.js';

/** Kills of one tree. */
const PORTION = 50;
const kills = Number(process.argv[2] ?? 500);
const seed = Number(process.argv[3] ?? 1);

for (let done = 0; done < kills; done += PORTION) {
  const cleanup = new Cleanup();
  try {
    const starts = await killAtRandom(cleanup, seed + done, Math.min(PORTION, kills - done));
    console.log(`seed ${seed + done}: equal; the daemon was started again ${starts} times`);
  } catch (error) {
    console.log(`seed ${seed + done}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await cleanup.run();
  }
}
