import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { MODES, MODE_TRAITS, modesWith, takesDirectories } from '../../../src/shared/modes.js';

test('a mode takes directories as rsync does, as the user wants it, or never', () => {
  const taking = (rsyncPreferInclude: boolean, haveRecursiveSync: boolean) =>
    MODES.filter((mode) => takesDirectories(mode, { rsyncPreferInclude, haveRecursiveSync }));
  assert.deepEqual(taking(false, false), ['rsyncdirect', 'rsyncshell', 'rsyncso', 'mirror']);
  assert.deepEqual(taking(true, false), []);
  assert.deepEqual(taking(true, true), ['direct', 'shell', 'so']);
});

test('modes are told by what they do', () => {
  assert.deepEqual(
    modesWith(({ loaded }) => loaded),
    ['rsyncso', 'so'],
  );
  assert.deepEqual(
    modesWith(({ destination }) => destination),
    ['direct', 'rsyncdirect', 'mirror'],
  );
  for (const mode of MODES) {
    const { loaded, number, handler } = MODE_TRAITS[mode];
    assert.equal(
      number !== undefined,
      loaded,
      `${mode}: loaded handlers are told the mode's number`,
    );
    assert.ok(!loaded || handler === undefined, `${mode}: nothing is loaded by default`);
  }
});

test('only the table and the factory know modes by name', () => {
  const sources = FILES.root + 'src/';
  const known = new Set(['shared/modes.ts', 'executor/modes/create.ts']);
  const asking = new RegExp(`\\b[mM]ode\\b[^\\n]*'(?:${MODES.join('|')}|rsync)'`);
  const knowing = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !known.has(path))
    .filter((path) => asking.test(readFileSync(sources + path, 'utf8')));
  assert.deepEqual(knowing, []);
});
