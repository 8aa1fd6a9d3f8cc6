/**
 * Runs one trial: node dist/test/convergence/run.js --seed N --seconds S --variant
 * plain|kill|overflow [--mode rsyncdirect|mirror] [--program P] [--keep-log FILE] [-- OPTIONS]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PROGRAMS } from '../harness/programs.js';
import { Cleanup } from '../harness/cleanup.js';
import { ORDINARY_USER } from '../harness/user.js';
import { TRIAL_MODES, VARIANTS, runTrial } from './trial.js';
import type { TrialMode } from './trial.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '20' },
    variant: { type: 'string', default: 'plain' },
    mode: { type: 'string', default: 'rsyncdirect' },
    program: { type: 'string', default: 'clsync' },
    patience: { type: 'string', default: '60' },
    'as-user': { type: 'boolean', default: false },
    'keep-log': { type: 'string' },
  },
});

const cleanup = new Cleanup();
try {
  const outcome = await runTrial(cleanup, {
    seed: Number(values.seed),
    seconds: Number(values.seconds),
    patience: Number(values.patience) * 1000,
    variant: oneOf(VARIANTS, values.variant),
    ...(values.program === 'clsync' && {
      mode: oneOf(Object.keys(TRIAL_MODES) as TrialMode[], values.mode),
    }),
    ...(values.program !== 'clsync' && { program: oneOf(PROGRAMS, values.program) }),
    options: positionals,
    ...(values['as-user'] && { user: ORDINARY_USER }),
  });
  if (values['keep-log'] !== undefined) writeFileSync(values['keep-log'], outcome.log);
  console.log(
    `seed ${values.seed}: ${outcome.operations} operations, ${outcome.kills} kills, ` +
      `settled after ${outcome.settled} ms, ${outcome.differences} differences`,
  );
  if (outcome.failure !== '') {
    console.log(outcome.failure);
    process.exitCode = 1;
  }
} finally {
  await cleanup.run();
}

function oneOf<const T extends string>(list: readonly T[], value: string): T {
  const found = list.find((name) => name === value);
  if (found === undefined) throw new Error(`${value}: must be one of ${list.join(', ')}`);
  return found;
}
