/** What the command line alone decides: --help, --version, -q, -Y, misplaced words. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE } from '../harness/until.js';

test('a misplaced word is named: start, --check-config, --explain-sandbox', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy']) subdirectory(base, name);
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const start = (...words: string[]) =>
    spawnSync(program, [...rest, '-H/NULL/', '-Mdirect', '-Wsource', ...words], {
      cwd: base,
      encoding: 'utf8',
      timeout: PATIENCE,
    });
  const run = (...words: string[]) => start('-S/bin/true', '-d', '3', ...words);
  const named =
    /(?:^| )warning: "3" is an argument of the handler, not the value of -d: write -d3/m;
  for (const words of [['--only-initialsync'], ['--check-config'], ['--explain-sandbox']])
    assert.match(run(...words).stderr, named);
  const { warnings } = JSON.parse(run('--explain-sandbox=json').stdout) as { warnings: string[] };
  assert.equal(warnings.length, 1);
  const plain = /^warning: mode direct: without arguments \S+cp copies no directories/m;
  assert.match(start('-Dcopy', '--check-config').stderr, plain);
});

test('--explain-sandbox begins with ten plain lines', (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy', 'other']) subdirectory(base, name);
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const explained = (...words: string[]): string[] =>
    spawnSync(program, [...rest, '--explain-sandbox', '-H/NULL/', ...words], {
      cwd: base,
      encoding: 'utf8',
      timeout: PATIENCE,
    }).stdout.split('\n');
  const lines = explained('source', 'copy');
  assert.deepEqual(
    lines.slice(0, 11).map((line) => line.slice(0, 14).trimEnd()),
    'source,destination,may change,sees,runs,users,capabilities,network,written code,lacking,'.split(
      ',',
    ),
  );
  assert.equal(lines[2], `may change    the executor only ${base}/copy; the watcher nothing`);
  assert.match(lines[11] ?? '', /^monitor/);
  const several = explained('source', 'copy', '--also-to=other', '--also-to=host:x');
  assert.deepEqual(several.slice(1, 3), [
    `destination   ${base}/copy, ${base}/other, on another host`,
    `may change    the executor only ${base}/copy; the executor 2 only ${base}/other; ` +
      'the executor 3 nothing of this host; the watcher nothing',
  ]);
  const titles = several.filter((line) => line.startsWith('executor'));
  assert.match(titles[1] ?? '', /^executor 2, for .*other/);
  assert.equal(titles.length, 3);
  const [, , changes, , runs] = explained('-Mdirect', '-S/bin/true', '-Wsource', '--', 'x');
  assert.equal(changes, `may change    the executor only ${base}/source; the watcher nothing`);
  assert.equal(runs, 'runs          handlers and hooks');
});

test('-Y applies to errors after it, and -q hides none that ends the program', () => {
  const run = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    const { stdout, stderr } = spawnSync(program, [...rest, ...words], {
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    return [stdout !== '', stderr !== ''];
  };
  assert.deepEqual(run('--wibble'), [false, true]);
  assert.deepEqual(run('-q', '--wibble'), [false, true]);
  assert.deepEqual(run('--wibble', '-q'), [false, true]);
  assert.deepEqual(run('-Ystdout', '--wibble'), [true, false]);
  assert.deepEqual(run('--wibble', '-Ystdout'), [false, true]);
});

test('--help and --version end with 0, --check-config reports valid options', () => {
  const run = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    return spawnSync(program, [...rest, ...words], { encoding: 'utf8', timeout: PATIENCE });
  };
  assert.deepEqual([run('-h').status, run('--version').status], [0, 0]);
  const help = run('--help').stdout.split('\n');
  assert.ok(
    help.every((line) => line.length <= 160),
    'one line an option',
  );
  assert.match(run('-V').stdout, /^clsync \d+\.\d+\.\d+\n$/);
  assert.deepEqual(
    [run('--check-config', '-H/NULL/', '-Mshell', '-S/bin/true', '-W/').status],
    [0],
  );
});
