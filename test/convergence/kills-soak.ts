/**
 * Hundreds of random kills: node dist/test/convergence/kills-soak.js [KILLS [SEED [large]]], in
 * modes rsyncdirect and mirror by turns; `large`: among changes of large directories.
 */
import { Cleanup } from '../harness/cleanup.js';
import { killAmongLarge, killAtRandom } from './kills.js';

const [most = '500', first = '1', kind] = process.argv.slice(2);
if (kind !== undefined && kind !== 'large') throw new Error(`neither nothing nor large: ${kind}`);
const [kills, seed] = [Number(most), Number(first)];
/** What is done to a tree, and kills of one. */
const [run, PORTION] = kind === 'large' ? [killAmongLarge, 20] : [killAtRandom, 50];
const MODES = ['rsyncdirect', 'mirror'] as const;

for (let done = 0; done < kills; done += PORTION) {
  const cleanup = new Cleanup();
  const mode = MODES[(done / PORTION) % MODES.length] as string;
  const what = `seed ${seed + done}, mode ${mode}`;
  try {
    const count = Math.min(PORTION, kills - done);
    const starts = await run(cleanup, seed + done, count, [`-M${mode}`]);
    console.log(`${what}: equal; the daemon was started again ${starts} times`);
  } catch (error) {
    console.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await cleanup.run();
  }
}
