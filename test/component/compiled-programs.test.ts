/** What V8 made of the programs: it is used, and none that is missing or damaged does harm. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../src/shared/layout.js';
import { nodeOptions } from '../../src/shared/written-code.js';
import { copyInstallation } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';

const COMPILE = fileURLToPath(new URL('../../src/shared/compiled-program.js', import.meta.url));
const ROLES = { master: 'executed', watcher: 'refused', executor: 'refused' } as const;

function compiledIn(directory: string): string {
  const [name] = readdirSync(directory).filter((file) => file.endsWith('.compiled'));
  assert.ok(name !== undefined, directory);
  return name;
}

/** Of another Node than that of the tests there is nothing. */
function node(...words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

for (const [role, writtenCode] of Object.entries(ROLES))
  test(`V8 takes what it compiled for the ${role}, and no other`, (scope) => {
    const root = subdirectory(temporaryDirectory(scope), 'installed');
    copyInstallation(root, 'posix');
    node(`${root}/dist/roles/compile-programs.js`);
    const directory = `${root}/dist/roles/${role}`;
    const ofThisNode = readdirSync(directory).filter((file) => file.includes(process.version));
    assert.equal(ofThisNode.length, 1);
    const [digest] = /(?<=^program\.)[0-9a-f]+/.exec(compiledIn(directory)) ?? [];
    const rejected = (): string =>
      node(
        ...nodeOptions(writtenCode),
        '--input-type=module',
        '-e',
        `import { compile } from ${JSON.stringify(COMPILE)};
         console.log(compile(${JSON.stringify(directory)}, '${digest}').cachedDataRejected);`,
      );
    assert.equal(rejected(), 'false');
    const compiled = join(directory, ofThisNode[0] as string);
    truncateSync(compiled, 5000);
    assert.equal(rejected(), 'true');
  });

test('the program runs without it, and with what is damaged', (scope) => {
  const root = subdirectory(temporaryDirectory(scope), 'installed');
  copyInstallation(root, 'posix');
  const directory = `${root}/dist/roles/master`;
  const compiled = join(directory, compiledIn(directory));
  const version = (): string => node(`${directory}/main.js`, '--version');
  const right = version();
  writeFileSync(compiled, 'of another program');
  assert.equal(version(), right);
  rmSync(compiled);
  assert.equal(version(), right);
  assert.equal(node(`${FILES.root}dist/src/master/main.js`, '--version'), right);
});
