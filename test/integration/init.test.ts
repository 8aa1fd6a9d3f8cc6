/** `clsync init`: a first configuration, and the commands that it names. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { PATIENCE } from '../harness/until.js';

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function place(scope: Scope): {
  readonly base: string;
  init(...words: string[]): Told;
} {
  const base = temporaryDirectory(scope);
  for (const name of ['my files', 'copy']) subdirectory(base, name);
  fs.writeFileSync(`${base}/my files/first`, 'first');
  const [program, ...rest] = [...commandOf('clsync'), 'init'];
  return {
    base,
    init: (...words) =>
      spawnSync(program, [...rest, ...words], { cwd: base, encoding: 'utf8', timeout: PATIENCE }),
  };
}

test('init writes a configuration, and the commands that it names work as printed', async (scope) => {
  const { base, init } = place(scope);
  const { status, stdout, stderr } = init('my files', 'copy', '--config-file=conf');
  assert.deepEqual([status, stderr], [0, '']);
  const commands = stdout.split('\n').filter((line) => line.startsWith('    clsync '));
  assert.equal(commands.length, 3);
  const [check = '', run = ''] = commands.map((line) =>
    line.replace('    clsync', '"$@"').replace(/ +#.*/, ''),
  );
  const shell = (script: string): readonly string[] => [
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...commandOf('clsync'),
  ];
  const [program = '', ...words] = shell(check);
  const checked = spawnSync(program, words, { cwd: '/', encoding: 'utf8', timeout: PATIENCE });
  assert.deepEqual([checked.status, checked.stdout], [0, 'the configuration is right\n']);
  const daemon = new Daemon(scope, shell(`exec ${run}`), { cwd: '/' });
  await daemon.logged(/initial sync done/);
  assert.equal(fs.readFileSync(`${base}/copy/first`, 'utf8'), 'first');
  fs.writeFileSync(`${base}/my files/second`, 'second');
  await daemon.until('the second', () => fs.existsSync(`${base}/copy/second`));
});

test('init adds a block to a file that is there, and refuses what the daemon would refuse', (scope) => {
  const { base, init } = place(scope);
  const refusal = (...words: string[]): readonly [number | null, string] => {
    const { status, stderr } = init(...words);
    return [status, stderr.replace(base, '~')];
  };
  fs.writeFileSync(`${base}/conf`, '[mine]\nwatch-dir = /');
  const there = ['my files', 'copy', '--config-file=conf'];
  assert.deepEqual(refusal(...there), [0, '']);
  const written = fs.readFileSync(`${base}/conf`, 'utf8');
  assert.match(
    written,
    /^\[mine\]\nwatch-dir = \/\n\n\[my-files\]\nlabel = my-files\nmode = mirror\n/,
  );
  assert.deepEqual(refusal(...there), [
    17,
    'error: the configuration file ~/conf has a block [my-files] already, and stays as it is: ' +
      'give the new one another name with --config-block\n',
  ]);
  fs.writeFileSync(`${base}/wrong`, 'mine');
  assert.match(refusal('my files', 'copy', '--config-file=wrong')[1], /^error: ~\/wrong:1: /);
  assert.equal(fs.readFileSync(`${base}/conf`, 'utf8'), written);
  assert.equal(fs.readFileSync(`${base}/wrong`, 'utf8'), 'mine');
  const file = '--config-file=other';
  assert.match(refusal('absent', 'copy', file)[1], /absent does not exist: make it/);
  assert.match(refusal('my files', 'my files/in', file)[1], /^error: --destination-dir: /);
  assert.match(
    refusal('my files', file)[1],
    /^error: clsync init takes a source and a destination: clsync init SOURCE/,
  );
  assert.match(refusal('my files', 'host:100%', file)[1], /cannot stand in a configuration/);
  assert.equal(fs.existsSync(`${base}/other`), false);
});
