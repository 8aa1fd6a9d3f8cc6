import assert from 'node:assert/strict';
import { linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedFileChanged } from '../../../src/executor/lists/shared-files.js';
import { RefusedPaths } from '../../../src/executor/intake/refused.js';
import { fromText } from '../../../src/shared/bytes.js';
import { Scratch } from '../../harness/scratch.js';

test('changed files with several names are found, except refused ones', async (scope) => {
  const scratch = new Scratch();
  scope.after(() => scratch.remove());
  const { source } = scratch;
  mkdirSync(`${source}/a/b`, { recursive: true });
  mkdirSync(`${source}/c`);
  writeFileSync(`${source}/a/single`, '');
  const ask = (since: number, directories = ['a'], refused: readonly string[] = []) =>
    sharedFileChanged(
      {
        settings: () => scratch.settings(),
        refused: new RefusedPaths(refused.map(fromText)),
        ending: () => false,
      },
      directories.map(fromText),
      since,
    );
  const before = lstatSync(`${source}/a/single`).ctimeMs;
  assert.equal(await ask(before), false);
  symlinkSync('target', `${source}/a/b/link`);
  linkSync(`${source}/a/b/link`, `${source}/c/link`);
  const { ctimeMs } = lstatSync(`${source}/c/link`);
  assert.equal(await ask(ctimeMs), true);
  assert.equal(await ask(ctimeMs, ['']), true);
  // Times of files may be older than the clock by the tolerated amount.
  assert.equal(await ask(ctimeMs + 1000), false);
  assert.equal(await ask(ctimeMs, ['a/b'], ['a/b/link']), false);
  assert.equal(await ask(ctimeMs, [''], ['a', 'c']), false);
});
