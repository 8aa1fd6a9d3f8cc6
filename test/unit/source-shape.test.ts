/**
 * What no formatter sees to: comments of at most 100 columns, and files of at most 300 lines. Tables
 * may be longer: a row is looked up, and not read on the way to another.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));
const [WIDTH, LENGTH, TAB] = [100, 300, ' '.repeat(8)] as const;
const COMMENT = /^\s*(\/\*|\*|\/\/)/;
const TABLES = [
  'master/options/confinement.ts',
  'master/options/syncing.ts',
  'shared/errors.ts',
  'shared/messages.ts',
  'shared/seccomp/syscalls.ts',
  'shared/settings.ts',
  'shared/specification-wire.ts',
];

const files = (fs.readdirSync(SOURCES, { recursive: true }) as string[])
  .filter((file) => /\.[tch]s?$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => ({ file, lines: fs.readFileSync(path.join(SOURCES, file), 'utf8').split('\n') }));

test('comments are not wider than code', () => {
  assert.ok(files.length > 300, 'these are the sources');
  const wide = files.flatMap(({ file, lines }) =>
    lines.flatMap((line, index) =>
      COMMENT.test(line) && line.replaceAll('\t', TAB).length > WIDTH
        ? [`${file}:${index + 1}`]
        : [],
    ),
  );
  assert.deepEqual(wide, []);
});

test('no file but a table has more than 300 lines', () => {
  const long = files.filter(({ lines }) => lines.length - 1 > LENGTH).map(({ file }) => file);
  assert.deepEqual(long.sort(), TABLES);
});

test('what an error says stands in the table of errors', () => {
  const own = files.filter(({ lines }) =>
    /\b(?:report|write|record|log)\(\s*'error',\s*[`'"]/.test(lines.join('\n')),
  );
  assert.deepEqual(
    own.map(({ file }) => file),
    [],
  );
});
