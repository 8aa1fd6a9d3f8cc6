/** Hooks run by the whole daemon, in the sandbox of handlers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HandlerTrial } from '../harness/handler-trial.js';
import { Mirror } from '../harness/mirror.js';
import { isRunning } from '../harness/processes.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

test(
  'the pre-exit hook runs before the last sync, the exit hook after it; each finds its ' +
    'status in the status file',
  LIMIT,
  async (scope) => {
    const trial = new HandlerTrial(scope);
    const state = subdirectory(trial.base, 'state');
    const say = (word: string): string =>
      trial.script(word, `#!/bin/sh\necho ${word} $1 $CLSYNC_STATUS $(cat '${state}/status')\n`);
    const shown = ['--status-file', `${state}/status`, '--handler-allow', state];
    const { code, stdout } = await trial.run(
      '-Mdirect',
      '-S',
      say('handler'),
      '--pre-exit-hook',
      say('before'),
      '--exit-hook',
      say('after'),
      ...shown,
      '--',
      'x',
    );
    assert.deepEqual(
      [code, stdout.split('\n')],
      [
        0,
        [
          'handler x initsync initsync',
          'before nolabel preexit preexit',
          'after nolabel exiting exiting',
          '',
        ],
      ],
    );
  },
);

test(
  'a failing pre-exit hook is a failure of the daemon, and the exit hook is told of it',
  LIMIT,
  async (scope) => {
    const trial = new HandlerTrial(scope);
    const before = trial.script('before', '#!/bin/sh\nexit 5\n');
    const after = trial.script(
      'after',
      '#!/bin/sh\n[ "$CLSYNC_EXIT_STATUS" = 0 ] && echo start there || echo stay here\n',
    );
    const hooks = ['--pre-exit-hook', before, '--exit-hook', after];
    const { code, stdout, stderr } = await trial.run(
      '-Mdirect',
      '-S',
      '/bin/true',
      ...hooks,
      '--',
      'x',
    );
    assert.deepEqual([code, stdout], [5, 'stay here\n']);
    assert.match(stderr, /error: hook .*\/before: exit code 5/);
  },
);

test(
  'the exit hook is called although the executor is slow to hear of the end',
  LIMIT,
  async (scope) => {
    const base = temporaryDirectory(scope);
    writeFileSync(`${base}/hook`, '#!/bin/sh\necho was called\n', { mode: 0o755 });
    const { daemon } = new Mirror(scope, { base, options: ['--exit-hook', `${base}/hook`] });
    await daemon.logged(/initial sync done/);
    const executor = daemon.find(/roles\/executor/);
    assert.ok(executor);
    process.kill(executor.pid, 'SIGSTOP');
    const end = daemon.stop('SIGTERM');
    // Longer than it would have without a hook.
    for (let looks = 0; looks < 10 && isRunning(executor); looks++) await delay(100);
    if (isRunning(executor)) process.kill(executor.pid, 'SIGCONT');
    assert.equal((await end).code, 0);
    assert.match(daemon.stdout + daemon.stderr, /was called/);
  },
);
