/** Documents name files that exist: a file that moves takes its mentions along. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';

/** The part of a name that stands for any. */
const PLACEHOLDER = /NAME|\*|\{/;

const documents = readdirSync(`${FILES.root}docs`).map((name) => `docs/${name}`);

for (const document of ['README.md', ...documents]) {
  test(`${document} names files that exist`, () => {
    const text = readFileSync(FILES.root + document, 'utf8');
    const named = [...text.matchAll(/`((?:src|test|bench|docs|systemd|include)\/[^`\s]+)`/g)].map(
      ([, path]) => String(path),
    );
    const absent = named.filter(
      (path) => !PLACEHOLDER.test(path) && !existsSync(FILES.root + path),
    );
    assert.deepEqual(absent, []);
  });
}

/** The strings of a source as they are put together: `'a ' + 'b'` is `a b`. */
function strings(source: string): string {
  return source.replace(/(['"`])\s*\+\s*(['"`])/g, '').replaceAll("\\'", "'");
}

test('docs/GUARANTEES.md names tests that exist', () => {
  const text = readFileSync(`${FILES.root}docs/GUARANTEES.md`, 'utf8');
  const named = [...text.matchAll(/`(test\/[^`]+\.ts)`: "([^"]+)"/g)].map(
    ([, file, name]) => [String(file), String(name)] as const,
  );
  assert.ok(named.length > 20, 'the form of the names has changed');
  const absent = named.filter(
    ([file, name]) =>
      !existsSync(FILES.root + file) ||
      !strings(readFileSync(FILES.root + file, 'utf8')).includes(name),
  );
  assert.deepEqual(absent, []);
  const promises = text.split('\n').filter((line) => /^\| [A-Z]/.test(line));
  assert.deepEqual(
    promises.filter((line) => !line.includes('.ts`: "')),
    [],
    'promises without a test',
  );
});
