/** Feeds every decoder for long: node dist/test/fuzz/soak.js [SECONDS-EACH [SEED]]. A fault ends it, with the input that shows it. */
import { fuzz } from './fuzz.js';
import { TARGETS } from './targets.js';

const seconds = Number(process.argv[2] ?? 120);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);

for (const target of TARGETS) {
  const { inputs, corpus } = await fuzz(target, seed, 1000 * seconds);
  console.log(`${target.name}: ${inputs} inputs, ${corpus} of them kept, seed ${seed}`);
}
