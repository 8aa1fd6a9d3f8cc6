/** Shared objects and modules as handlers of the whole daemon, in its sandbox. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { subdirectory } from '../harness/temporary.js';
import { HandlerTrial } from '../harness/handler-trial.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
const MOST_ENDS = 5;

test(
  'shared objects and modules are handlers, and get the path of the destination',
  LIMIT,
  async (scope) => {
    const trial = new HandlerTrial(scope);
    const destination = subdirectory(trial.base, 'destination');
    const object = join(trial.base, 'handler.so');
    const source = trial.script(
      'handler.c',
      `
    #include <clsync/clsync.h>
    #include <clsync/ctx.h>
    static struct ctx *ctx;
    int clsyncapi_init(struct ctx *given, struct indexes *indexes) {
      ctx = given; (void)indexes; return 0;
    }
    int clsyncapi_sync(int n, api_eventinfo_t *ei) {
      (void)ei; printf("%d objects for %s\\n", n, ctx->destdir); return fflush(stdout);
    }`,
    );
    execFileSync('cc', [`-I${FILES.root}include`, '-fPIC', '-shared', '-o', object, source]);
    const module = trial.script(
      'handler.mjs',
      `
    let destination;
    export default {
      init: (context) => void ({ destination } = context),
      sync: (events) => console.log(events.length + ' objects for ' + destination),
    };`,
    );
    for (const handler of [object, module]) {
      const { code, stdout, stderr } = await trial.run('-Mso', '-S', handler, '-D', destination);
      assert.deepEqual([code, stdout], [0, `2 objects for ${destination}\n`], stderr);
    }
  },
);

test(
  'a shared object and a module are told of the end, whichever signal ends the daemon',
  LIMIT,
  async (scope) => {
    const trial = new HandlerTrial(scope);
    const object = join(trial.base, 'handler.so');
    const source = trial.script(
      'handler.c',
      `
    #include <clsync/clsync.h>
    int clsyncapi_sync(int n, api_eventinfo_t *ei) { (void)n; (void)ei; return 0; }
    int clsyncapi_deinit() { puts("goodbye"); return fflush(stdout); }`,
    );
    execFileSync('cc', [`-I${FILES.root}include`, '-fPIC', '-shared', '-o', object, source]);
    const module = trial.script(
      'handler.mjs',
      `import { writeSync } from 'node:fs';
    export function sync() {}
    export function deinit() { writeSync(1, 'goodbye\\n'); }`,
    );
    const saidAtEnd = async (handler: string, signal: NodeJS.Signals): Promise<string> => {
      const daemon = trial.start('-Mso', '-S', handler);
      await daemon.logged(/initial sync done/);
      assert.deepEqual(await daemon.stop(signal), { code: 0, signal: null }, daemon.output);
      return daemon.stdout;
    };
    for (const handler of [object, module]) {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
        // It has a part of a second to answer, which a busy machine may take from it.
        let said = '';
        for (let ends = 0; said === '' && ends < MOST_ENDS; ends++)
          said = await saidAtEnd(handler, signal);
        assert.equal(said, 'goodbye\n', `${handler} ${signal}`);
      }
    }
  },
);
