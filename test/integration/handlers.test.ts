/** Handlers of several kinds run by the whole daemon, in its sandbox. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { needsNamespaces, needsUserNamespaces } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { isRoot } from '../harness/user.js';

const LIMIT = { timeout: 60_000 };

/**
 * A directory with one file to watch, and a daemon that ends after the initial sync unless told
 * otherwise.
 */
class Trial {
  readonly base: string;
  readonly source: string;

  constructor(private readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    this.source = subdirectory(this.base, 'source');
    fs.writeFileSync(join(this.source, 'file'), '');
  }

  script(path: string, text: string): string {
    fs.writeFileSync(join(this.base, path), text, { mode: 0o755 });
    return join(this.base, path);
  }

  start(...options: readonly string[]): Daemon {
    return new Daemon(this.scope, [
      ...commandOf('clsync'),
      '-H',
      '/NULL/',
      '-W',
      this.source,
      '-t0',
      '-w0',
      ...options,
    ]);
  }

  async run(
    ...options: readonly string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const daemon = this.start('--only-initialsync', ...options);
    const { code } = await daemon.exited;
    return { code, stdout: daemon.stdout, stderr: daemon.stderr };
  }
}

test('a handler may be named through a linked directory', LIMIT, async (scope) => {
  const trial = new Trial(scope);
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

test('a handler that takes too long is killed, with what it started', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const handler = trial.script('handler', '#!/bin/sh\nsleep 1000 &\nsleep 1000\n');
  const daemon = trial.start('-Mdirect', '-S', handler, '-k', '1', '--', 'x');
  await daemon.until(
    'two sleeps',
    () => daemon.processes().filter(({ command }) => command.startsWith('sleep')).length === 2,
  );
  assert.equal((await daemon.exited).code, 110);
  assert.match(daemon.stderr, /killed after the time allowed/);
  assert.deepEqual(daemon.processes(), []);
});

test('without a handler mode direct runs cp, in the sandbox of handlers', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const destination = subdirectory(trial.base, 'destination');
  // cp names the directories that it leaves out, and ends with 1.
  const { code, stderr } = await trial.run('-Mdirect', '-D', destination, '-x1');
  assert.deepEqual([code, fs.readdirSync(destination)], [0, ['file']], stderr);
});

test("the daemon's exit code is that of the handler that failed last", LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const handler = trial.script('handler', '#!/bin/sh\necho try\nexit 57\n');
  const { code, stdout } = await trial.run('-Mdirect', '-S', handler, '-r3', '--', 'x');
  assert.deepEqual([code, stdout], [57, 'try\n'.repeat(3)]);
});

test(
  'shared objects and modules are handlers, and are told where the destination is',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
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
  'a shared object and a module hear of the end, by whatever signal it comes',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
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
    for (const handler of [object, module]) {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
        const daemon = trial.start('-Mso', '-S', handler);
        await daemon.logged(/initial sync done/);
        assert.deepEqual(await daemon.stop(signal), { code: 0, signal: null }, daemon.output);
        assert.equal(daemon.stdout, 'goodbye\n', `${handler} ${signal}`);
      }
    }
  },
);

test(
  'the pre-exit hook runs before the last sync, the exit hook after it; each finds its ' +
    'status in the status file',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
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
  'a pre-exit hook that fails is a failure of the daemon, of which the exit hook hears',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
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
  'a local target among the arguments of rsync is granted as a destination is',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const target = subdirectory(trial.base, 'target');
    const { code, stderr } = await trial.run(
      '-Mrsyncdirect',
      '--',
      '%RSYNC-ARGS%',
      trial.source + '/',
      target + '/',
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(fs.readdirSync(target), ['file']);
  },
);

test(
  'what is written beside a directory that is shown fails, and does not vanish',
  { ...LIMIT, skip: needsNamespaces() },
  async (scope) => {
    const trial = new Trial(scope);
    const { code } = await trial.run(
      '-Mdirect',
      '-S',
      '/bin/cp',
      '--',
      trial.source + '/file',
      trial.base + '/copy',
    );
    assert.notEqual(code, 0);
  },
);

test(
  'what handlers are told of but are not shown is named at start, with the option that shows it',
  { ...LIMIT, skip: isRoot ? needsNamespaces() : needsUserNamespaces() },
  async (scope) => {
    const trial = new Trial(scope);
    trial.script('library.sh', '');
    trial.script('elsewhere', '');
    const handler = trial.script('handler', '#!/bin/sh\n. "$(dirname "$0")/library.sh"\n');
    const words = [
      join(trial.base, 'elsewhere'),
      `--password-file=${trial.base}/secret`,
      `ssh -i ${trial.base}/key`,
      join(trial.source, 'file'),
      '/bin/sh',
      '%watch-dir%/file',
      '/etc/hosts',
    ];
    for (const name of ['secret', 'key']) trial.script(name, '');
    const { stderr } = await trial.run('-Mdirect', '-S', handler, '--', ...words);
    const named = [
      ...stderr.matchAll(/names (\S+), which the handler does not see: --handler-allow (\S+), /g),
    ].map(([, path, allowed]) => [path, allowed]);
    const expected = ['elsewhere', 'secret', 'key', 'library.sh'].map((name) =>
      join(trial.base, name),
    );
    assert.deepEqual(
      named,
      expected.map((path) => [path, path]),
      stderr,
    );
    const allowed = await trial.run(
      '-Mdirect',
      '-S',
      handler,
      '--handler-allow',
      expected.join(','),
      '--',
      ...words,
    );
    assert.deepEqual(
      [allowed.code, allowed.stderr.includes('does not see')],
      [0, false],
      allowed.stderr,
    );
  },
);
