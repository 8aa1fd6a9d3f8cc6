/** Programs as handlers of the whole daemon, in its sandbox. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { subdirectory } from '../harness/temporary.js';
import { ownSleep, sleepers } from '../harness/sleepers.js';
import { HandlerTrial } from '../harness/handler-trial.js';
import { DEADLINE, until } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
/** Seconds that a handler is allowed at most. */
const LONGEST = 32;

test('a handler may be named through a linked directory', LIMIT, async (scope) => {
  const trial = new HandlerTrial(scope);
  subdirectory(trial.base, 'real');
  fs.symlinkSync('real', join(trial.base, 'link'));
  trial.script('real/handler', '#!/bin/sh\necho "$@"\n');
  for (const handler of [join(trial.base, 'link/handler'), '/bin/echo']) {
    const { code, stdout, stderr } = await trial.run(
      '-Mdirect',
      '-S',
      handler,
      '--',
      'given',
      '%label%',
    );
    assert.deepEqual([code, stdout], [0, 'given nolabel\n'], stderr);
  }
});

test('a handler that takes too long is killed with its child processes', LIMIT, async (scope) => {
  const trial = new HandlerTrial(scope);
  const seconds = ownSleep();
  const handler = trial.script('handler', `#!/bin/sh\nsleep ${seconds} &\nsleep ${seconds}\n`);
  let most = 0;
  // On a busy machine the time may be over before both sleep, or before they are seen.
  for (let allowed = 2; most < 2 && allowed <= LONGEST; allowed *= 2) {
    const daemon = trial.start('-Mdirect', '-S', handler, '-k', String(allowed), '--', 'x');
    const isOver = (): boolean => {
      most = Math.max(most, sleepers(seconds).length);
      return daemon.exit !== undefined;
    };
    await until('the end of the daemon', isOver, { every: 5, detail: () => daemon.output });
    assert.equal(daemon.exit?.code, 110);
    assert.match(daemon.stderr, /killed after the time allowed/);
    await until('the end of both', () => sleepers(seconds).length === 0);
  }
  assert.equal(most, 2, 'two processes were to be killed');
});

test('without a handler mode direct runs cp, in the sandbox of handlers', LIMIT, async (scope) => {
  const trial = new HandlerTrial(scope);
  const destination = subdirectory(trial.base, 'destination');
  // cp reports the directories it leaves out, and exits with 1.
  const { code, stderr } = await trial.run('-Mdirect', '-D', destination, '-x1');
  assert.deepEqual([code, fs.readdirSync(destination)], [0, ['file']], stderr);
});

test("the daemon's exit code is that of the handler that failed last", LIMIT, async (scope) => {
  const trial = new HandlerTrial(scope);
  const handler = trial.script('handler', '#!/bin/sh\necho try\nexit 57\n');
  const { code, stdout } = await trial.run('-Mdirect', '-S', handler, '-r3', '--', 'x');
  assert.deepEqual([code, stdout], [57, 'try\n'.repeat(3)]);
});
