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
