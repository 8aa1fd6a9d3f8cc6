/**
 * `--check-execvp-arguments`: in the executor's sandbox only the files fixed at the start can be
 * executed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { memberOf } from '../../src/master/sandbox/roles.js';
import { decideSandbox } from '../../src/master/sandbox/plan.js';
import { launch } from '../component/native/launcher-harness.js';
import { settingsFor } from './arena-sandbox.js';

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' };

/**
 * Runs a command in a sandbox where only `programs` are fixed. Returns its exit status, or why it
 * cannot be executed.
 */
async function run(
  scope: TestContext,
  programs: (directory: string) => readonly string[],
  command: readonly string[],
  changes: object = {},
): Promise<number | string | null> {
  const directory = mkdtempSync('/var/tmp/clsync-executables-');
  scope.after(() => rmSync(directory, { recursive: true }));
  for (const name of ['watched', 'copy']) mkdirSync(directory + '/' + name);
  writeFileSync(directory + '/script', '#!/bin/sh\nexec /bin/true\n', { mode: 0o755 });
  const settings = settingsFor(directory, {
    checkExecutables: true,
    programs: programs(directory).map(fromText),
    ...changes,
  });
  const sandbox = decideSandbox(settings);
  sandbox.copies?.lay();
  scope.after(() => sandbox.copies?.close());
  const { leash, ...specification } = specifyRole(memberOf('executor'), sandbox);
  const words = command.map((word) => fromText(word.replace('$directory', directory)));
  const launched = launch({
    ...specification,
    descriptors: [0, 1, 2],
    program: words[0] ?? fromText(''),
    arguments: words,
  });
  const failure = await launched.started;
  return failure === undefined ? (await launched.ended).code : failure.words;
}

const rsync = (): string[] => ['/usr/bin/rsync'];
const script = (directory: string): string[] => [directory + '/script'];

for (const view of ['strict', 'host']) {
  test(`a fixed program is executed, ${view} view`, asRoot, async (scope) => {
    assert.equal(await run(scope, rsync, ['/usr/bin/rsync', '--version'], { view }), 0);
  });

  test(`another program of the system is refused, ${view} view`, asRoot, async (scope) => {
    assert.match(String(await run(scope, rsync, ['/bin/true'], { view })), /Permission denied/);
    assert.equal(await run(scope, rsync, ['/bin/true'], { view, checkExecutables: false }), 0);
  });
}

test('a fixed script may run the programs of the system', asRoot, async (scope) => {
  assert.equal(await run(scope, script, ['$directory/script']), 0);
});

test('permitted hook files are executed too', asRoot, async (scope) => {
  assert.equal(
    await run(scope, rsync, ['/bin/true'], { permittedHooks: [fromText('/bin/true')] }),
    0,
  );
});
