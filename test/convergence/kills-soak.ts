/**
 * Hundreds of random kills: node dist/test/convergence/kills-soak.js [KILLS [SEED]], in modes
 * rsyncdirect and mirror by turns.
 */
import { Cleanup } from '../harness/cleanup.js';
import { killAtRandom } from './kills.js';

/** Kills of one tree. */
const PORTION = 50;
const kills = Number(process.argv[2] ?? 500);
const MODES = ['rsyncdirect', 'mirror'] as const;
const seed = Number(process.argv[3] ?? 1);

for (let done = 0; done < kills; done += PORTION) {
  const cleanup = new Cleanup();
  const mode = MODES[(done / PORTION) % MODES.length] as string;
  const what = `seed ${seed + done}, mode ${mode}`;
  try {
    const count = Math.min(PORTION, kills - done);
    const starts = await killAtRandom(cleanup, seed + done, count, [`-M${mode}`]);
    console.log(`${what}: equal; the daemon was started again ${starts} times`);
  } catch (error) {
    console.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await cleanup.run();
  }
}
