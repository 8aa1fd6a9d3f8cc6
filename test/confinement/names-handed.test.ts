/**
 * Hostile file names in every mode: the handler gets exactly those bytes as data, nothing is
 * executed, expanded or lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { display, ROOT } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { HOSTILE_NAMES } from './hostile-names.js';
import { Recording } from './recording.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

/** Records its arguments; `cat` replaces the last one, a list file, by its content. */
const recorder =
  (cat = false) =>
  (log: string): readonly [string, string] => [
    'handler',
    `#!/bin/sh
{
  ${cat ? `cat "$3"; printf '\\0'` : `printf '%s\\0' "$@"`}
  printf '<end>\\0'
} > ${log}.$$ && cat ${log}.$$ >> ${log} && rm ${log}.$$
`,
  ];

const relative = (path: BytePath): string =>
  path === ROOT ? '.' : path.startsWith('-') ? `./${path}` : path;

test('simple', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'simple', recorder());
  const calls = await recording.calls(
    (all) => all.map((words) => words[3] ?? ''),
    (path) => (path === ROOT ? recording.source : `${recording.source}/${path}`),
    false,
  );
  for (const words of calls)
    assert.deepEqual([words.length, words[0], words[1]], [4, 'sync', 'nolabel']);
});

test('direct', LIMIT, async (scope) => {
  const recording = new Recording(
    scope,
    'direct',
    recorder(),
    '--',
    '-x',
    '%INCLUDE-LIST%',
    'in%INCLUDE-LIST%word',
    '%TYPE%',
  );
  const calls = await recording.calls(
    (all) => all.flatMap((words) => words.slice(1, -2)),
    relative,
  );
  for (const words of calls)
    assert.deepEqual([words[0], ...words.slice(-2)], ['-x', 'inword', 'synclist']);
});

test('shell: names that do not fit on a line are left out and reported', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'shell', recorder(true));
  const line = /^sync nolabel \d+ (.*)$/s;
  const lines = (all: readonly (readonly string[])[]): string[] =>
    all.flatMap(([list = '']) => list.split('\n').slice(0, -1));
  await recording.calls(
    (all) => lines(all).map((text) => line.exec(text)?.[1] ?? `no line: ${text}`),
    (path) => (path.includes('\n') ? undefined : path),
  );
  for (const name of HOSTILE_NAMES.filter((candidate) => candidate.includes('\n'))) {
    assert.ok(
      recording.daemon.stderr.includes(`files/${display(name)}: a name with a newline`),
      display(name),
    );
  }
});

test('so, a shared object', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'so', (log) => [
    'handler.c',
    `
    #include <clsync/clsync.h>
    int clsyncapi_sync(int n, api_eventinfo_t *ei) {
      FILE *log = fopen("${log}", "a");
      for (int i = 0; i < n; i++) fwrite(ei[i].path, 1, ei[i].path_len + 1, log);
      fwrite("<end>", 1, 6, log);
      return fclose(log);
    }`,
  ]);
  await recording.calls(
    (all) => all.flat(),
    (path) => path,
  );
});

test('so, a module', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'so', (log) => [
    'handler.mjs',
    `
    import { appendFileSync } from 'node:fs';
    export const sync = (events) => appendFileSync('${log}', Buffer.concat([
      ...events.flatMap(({ path }) => [path, Buffer.of(0)]), Buffer.from('<end>\\0')]));`,
  ]);
  await recording.calls(
    (all) => all.flat(),
    (path) => path,
  );
});
