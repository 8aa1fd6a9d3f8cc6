/**
 * The C part of the watcher under the address and undefined-behaviour sanitizers; see
 * native-fuzz.c.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';

const SEEDS = [1, 2, 3, 4];
const ROUNDS = process.env['CLSYNC_FUZZ_ROUNDS'] ?? '400';
const PARTS = [
  'common/bytes',
  ...[
    'source',
    'source-inotify',
    'queue',
    'tree',
    'tree-index',
    'rules',
    'report',
    'signature',
    'watch',
    'node',
    'place',
    'directory',
    'look',
    'look-place',
    'walk',
    'walk-stack',
    'visit',
    'limbo',
    'search',
  ].map((part) => `watch/${part}`),
];

let directory: string;

before(() => {
  directory = mkdtempSync('/tmp/clsync-native-');
  const sources = PARTS.map((part) => `${FILES.root}src/native/${part}.c`);
  const flags = [
    '-std=gnu11',
    '-D_GNU_SOURCE',
    `-I${FILES.root}src/native`,
    '-Wall',
    '-Wextra',
    '-Werror',
    '-O1',
    '-g',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
  ];
  execFileSync(
    'cc',
    [
      ...flags,
      '-o',
      `${directory}/fuzz`,
      `${FILES.root}test/component/native/native-fuzz.c`,
      ...sources,
    ],
    { stdio: 'inherit' },
  );
});
after(() => rmSync(directory, { recursive: true, force: true }));

for (const seed of SEEDS) {
  test(`a table of directories, and a watch that is told what never happened, seed ${seed}`, () => {
    const tree = mkdtempSync(`${directory}/tree-`);
    const { status, signal, stderr } = spawnSync(
      `${directory}/fuzz`,
      [String(seed), ROUNDS, tree],
      { encoding: 'utf8', timeout: 3_600_000 },
    );
    assert.equal(stderr, '');
    assert.deepEqual({ status, signal }, { status: 0, signal: null });
  });
}
