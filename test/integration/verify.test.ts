/**
 * `clsync verify` says what differs, changes nothing unless told to, and what it could not look at.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { compareTrees } from '../harness/compare.js';
import { commandOf } from '../harness/programs.js';
import { makeOrdinaryTree } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

interface Pair {
  readonly source: string;
  readonly copy: string;
  verify(...words: readonly string[]): readonly [status: number | null, output: string];
}

/** A source with an object of most kinds, and a copy that rsync has made. */
function pair(scope: Scope): Pair {
  const base = temporaryDirectory(scope);
  const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  makeOrdinaryTree(source);
  assert.equal(spawnSync('rsync', ['-aH', '--modify-window=-1', `${source}/`, copy]).status, 0);
  return {
    source,
    copy,
    verify: (...words) => {
      const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
      const { status, stdout, stderr } = spawnSync(
        program,
        [...rest, 'verify', source, copy, ...words],
        { encoding: 'utf8', timeout: PATIENCE, env: { ...process.env, HOME: base } },
      );
      return [status, stdout + stderr.replace(/^warning: no .*\n/gm, '')];
    },
  };
}

test('a copy that rsync has made is equal, and verified as such', LIMIT, (scope) => {
  const { source, copy, verify } = pair(scope);
  assert.deepEqual(verify(), [0, '']);
  for (const words of [['-Mdirect'], [copy], ['-D', 'host:copy']]) {
    const [status, said] = verify(...words);
    assert.deepEqual([status, said.split('\n').length], [2, 2], said);
    assert.match(said, /^error: .*: clsync verify SOURCE COPY /, source);
  }
});

test('what differs is printed with both values, and nothing is changed', LIMIT, (scope) => {
  const { source, copy, verify } = pair(scope);
  fs.writeFileSync(`${source}/new`, '');
  fs.writeFileSync(`${copy}/old`, '');
  fs.writeFileSync(`${source}/same`, 'one');
  fs.writeFileSync(`${copy}/same`, 'two');
  fs.writeFileSync(`${source}/mode`, '');
  fs.writeFileSync(`${copy}/mode`, '');
  fs.chmodSync(`${source}/mode`, 0o640);
  fs.chmodSync(`${copy}/mode`, 0o600);
  for (const place of [source, copy]) {
    for (const name of ['same', 'mode']) fs.utimesSync(`${place}/${name}`, 1e9, 1e9);
    fs.utimesSync(place, 1e9, 1e9);
  }
  const before = fs.statSync(copy, { bigint: true }).ctimeNs;
  const [status, output] = verify('--checksum');
  assert.equal(status, 1);
  assert.deepEqual(output.split('\n'), [
    '"mode": mode 0640, copy 0600',
    '"new": missing in the copy',
    '"old": only in the copy',
    '"same": content',
    '',
  ]);
  fs.mkdirSync(`${copy}2`);
  const [worst, ofBoth] = verify(`--also-to=${copy}2`);
  assert.equal(worst, 1);
  assert.deepEqual(ofBoth.match(/^.*(?=: "new": missing)/gm)?.toSorted(), [copy, `${copy}2`]);
  const lines = verify('--checksum', '--json')[1].trim().split('\n');
  const told = lines.map((line) => JSON.parse(line) as Record<string, { mode: number } | null>);
  assert.deepEqual(
    told.map(({ source: one, destination }) => [one?.mode, destination?.mode]),
    [
      [0o100640, 0o100600],
      [0o100644, undefined],
      [undefined, 0o100644],
      [0o100644, 0o100644],
    ],
  );
  assert.equal(fs.statSync(copy, { bigint: true }).ctimeNs, before);
});

test('--repair makes it equal, but for what the rules refuse', LIMIT, (scope) => {
  const { source, copy, verify } = pair(scope);
  fs.writeFileSync(`${source}/new`, '');
  fs.writeFileSync(`${copy}/../rules`, '-f^mine$\n');
  fs.writeFileSync(`${copy}/mine`, '');
  // A file in it has another name, which is equal; only what is in the roots says that they differ.
  fs.rmSync(`${copy}/directory`, { recursive: true });
  for (const place of [source, copy]) fs.utimesSync(place, 1e9, 1e9);
  assert.equal(verify('-R', `${copy}/../rules`, '--repair')[0], 0);
  assert.deepEqual(
    compareTrees(source, copy).map(({ path }) => path),
    ['mine'],
  );
  assert.equal(verify('-R', `${copy}/../rules`)[0], 0);
});

test('what cannot be looked at is not equal, and not different', LIMIT, (scope) => {
  const { copy, verify } = pair(scope);
  fs.rmSync(copy, { recursive: true });
  const [status, output] = verify();
  assert.equal(status, 2);
  assert.match(output, /^error: --destination-dir: .* does not exist: make it, or name another\n$/);
  assert.deepEqual([verify('word')[0], verify('--check')[0], verify('-S', 'cp')[0]], [2, 2, 2]);
});
