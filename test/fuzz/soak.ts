/**
 * Feeds every decoder for a long time: node dist/test/fuzz/soak.js [SEED], $CLSYNC_FUZZ_SECONDS
 * each. The first fault ends it and prints the input. The inputs found for decoders in C are kept
 * in build/fuzz for the next run.
 */
import { FILES } from '../../src/shared/layout.js';
import { fuzz } from './fuzz.js';
import { buildTargets, fuzzNative, NATIVE_TARGETS } from './native.js';
import { TARGETS } from './targets.js';

const seconds = Number(process.env['CLSYNC_FUZZ_SECONDS'] ?? 180);
const seed = Number(process.argv[2] ?? 1 + (Date.now() % 2 ** 31));
const directory = `${FILES.root}build/fuzz`;

for (const target of TARGETS) {
  const { inputs, corpus } = await fuzz(target, seed, 1000 * seconds);
  console.log(`${target.name}: ${inputs} inputs, ${corpus} of them kept, seed ${seed}`);
}
buildTargets(directory);
for (const target of NATIVE_TARGETS) {
  const { inputs, corpus, covered } = fuzzNative(target, { directory, seconds, seed });
  console.log(
    `${target}.c: ${inputs} inputs, ${corpus} of them kept, ${covered} edges, seed ${seed}`,
  );
}
