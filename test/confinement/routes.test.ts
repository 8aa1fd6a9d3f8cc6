/**
 * The hostile program on every route by which a daemon runs it: in place of rsync, as a hook, as a
 * plug-in. It is contained as a handler is.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needsWholeSandbox } from '../harness/offers.js';
import { Arena, compileProbe, verdictsOf } from './arena.js';
import { MECHANISMS } from './arena-sandbox.js';
import { GRANTED, isContained } from './verdicts.js';
import { DEADLINE } from '../harness/until.js';

interface Route {
  readonly file: string;
  readonly compiled: readonly string[];
  /** Options of the daemon; the path of the program follows. */
  readonly options: readonly string[];
}

const ROUTES: Readonly<Record<string, Route>> = {
  "in rsync's place": { file: 'rsync', compiled: [], options: ['-Mrsyncdirect', '-S'] },
  'as a hook': { file: 'hook', compiled: [], options: ['-Mrsyncdirect', '--exit-hook'] },
  'as a plug-in': {
    file: 'plugin.so',
    compiled: ['-shared', '-fPIC', '-DFIRST_STRAY=5'],
    options: ['-Mrsyncso', '-S'],
  },
};

const asRoot = { skip: needsWholeSandbox(), timeout: DEADLINE };

for (const [name, { file, compiled, options }] of Object.entries(ROUTES)) {
  test(`${name} it is contained as a handler is`, asRoot, async (scope) => {
    const arena = new Arena();
    scope.after(() => arena.close());
    const asHandler = await arena.run(MECHANISMS);
    const [program, copy] = [`${arena.directory}/${file}`, arena.directory + '/copy'];
    const given = (await arena.expose()).map((word) => JSON.stringify(word)).join(',');
    const defined = [
      `-DPROBE_ARGUMENTS=${given}`,
      `-DPROBE_RESULT=${JSON.stringify(copy + '/verdicts')}`,
    ];
    compileProbe(program, ...compiled, ...defined);

    const ids = [
      `--sync-handler-uid=${arena.handlerUid}`,
      `--sync-handler-gid=${arena.handlerUid}`,
    ];
    const words = [
      ...options,
      program,
      '-W',
      arena.directory + '/watched',
      '-D',
      copy,
      '--only-initialsync',
      '--handler-pids=100',
      '--detach-network=everywhere',
      ...ids,
    ];
    const daemon = spawn(process.execPath, [FILES.root + 'dist/roles/master/main.js', ...words], {
      env: { ...process.env, PROBE_SECRET: 'x' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    daemon.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
    await once(daemon, 'close');

    const verdicts = verdictsOf(readFileSync(copy + '/verdicts', 'utf8'));
    assert.deepEqual([...verdicts.keys()], [...asHandler.keys()], said);
    assert.deepEqual(
      [...verdicts].filter(([, verdict]) => !isContained(verdict)).map(([probe]) => probe),
      GRANTED,
      said,
    );
  });
}
