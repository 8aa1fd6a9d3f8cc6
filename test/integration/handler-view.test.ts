/** What the handlers of the whole daemon see in their sandbox, and what is said of the rest. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needsNamespaces, needsUserNamespaces } from '../harness/offers.js';
import { atEnd, subdirectory } from '../harness/temporary.js';
import { isRoot } from '../harness/user.js';
import { HandlerTrial } from '../harness/handler-trial.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

test(
  'a local target among the arguments of rsync is granted like a destination',
  LIMIT,
  async (scope) => {
    const trial = new HandlerTrial(scope);
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
  'writing beside a directory in the view fails instead of vanishing',
  { ...LIMIT, skip: needsNamespaces() },
  async (scope) => {
    const trial = new HandlerTrial(scope);
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
  'paths in arguments that the view lacks are named at start, with the option that shows them',
  { ...LIMIT, skip: isRoot ? needsNamespaces() : needsUserNamespaces() },
  async (scope) => {
    const trial = new HandlerTrial(scope);
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

test(
  'in /dev/shm a hidden path is named as elsewhere, and what may be changed there is told',
  { ...LIMIT, skip: isRoot ? needsNamespaces() : needsUserNamespaces() },
  async (scope) => {
    const base = fs.mkdtempSync('/dev/shm/clsync-test-');
    atEnd(scope, () => fs.rmSync(base, { recursive: true }));
    const trial = new HandlerTrial(scope);
    const { stderr } = await trial.run(
      '-Mdirect',
      `-D${base}`,
      '-S/bin/true',
      '--',
      '/dev/shm/elsewhere',
    );
    assert.match(stderr, /names \/dev\/shm\/elsewhere, which the handler does not see/);
    const explained = await trial.run('--explain-sandbox', '-Mdirect', `-D${base}`, '-S/bin/true');
    assert.match(explained.stdout, new RegExp(`may change +the executor only .*${base}`));
  },
);
