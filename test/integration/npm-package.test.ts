/** The npm package, with native parts for this processor as scripts/prebuild lays them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { LACKING } from '../harness/offers.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';

interface Installed {
  readonly package: string;
  readonly prebuilt: string;
  /** As npm has it after --ignore-scripts. */
  run(program: string, words?: readonly string[]): { status: number | null; stderr: string };
}

/** Without node_modules, with nothing compiled, and where no compiler is found. */
function installed(scope: Scope): Installed {
  const base = temporaryDirectory(scope);
  const own = subdirectory(base, 'lib/node_modules/clsync');
  const prebuilt = subdirectory(own, `prebuilt/${process.arch}`);
  for (const part of ['package.json', 'dist/roles', 'src/native'])
    fs.cpSync(FILES.root + part, `${own}/${part}`, { recursive: true });
  for (const file of compiledIn(own)) fs.rmSync(`${own}/${file}`);
  for (const part of ['launcher', 'monitor', 'addon', 'objectHost'] as const)
    fs.copyFileSync(FILES[part], `${prebuilt}/${FILES[part].replace(/^.*\//, '')}`);
  fs.cpSync(`${FILES.root}node_modules/posix`, `${prebuilt}/posix-${process.versions.modules}`, {
    recursive: true,
  });
  const programs = subdirectory(base, 'programs');
  fs.symlinkSync(process.execPath, `${programs}/node`);
  for (const name of ['source', 'copy']) subdirectory(base, name);
  fs.writeFileSync(`${base}/source/file`, 'content');
  return {
    package: own,
    prebuilt,
    run: (program, words = []) =>
      spawnSync(process.execPath, [`${own}/dist/roles/${program}.js`, ...words], {
        cwd: base,
        encoding: 'utf8',
        timeout: PATIENCE,
        env: { PATH: programs, HOME: base },
      }),
  };
}

function compiledIn(directory: string): string[] {
  const files = fs.readdirSync(directory, { recursive: true }) as string[];
  return files.filter((file) => file.endsWith('.compiled'));
}

const MIRROR = ['source', 'copy', '--only-initialsync'] as const;

test('a package whose install script did not run mirrors', { timeout: DEADLINE }, (scope) => {
  const npm = installed(scope);
  const { status, stderr } = npm.run('master/main', MIRROR);
  assert.deepEqual([status, stderr.replace(LACKING, '')], [0, '']);
  assert.equal(fs.readFileSync(`${npm.package}/../../../copy/file`, 'utf8'), 'content');
});

test('the install script compiles only what does not fit', { timeout: DEADLINE }, (scope) => {
  const npm = installed(scope);
  const { status, stderr } = npm.run('install');
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(fs.existsSync(`${npm.package}/build`), false);
  assert.notDeepEqual(compiledIn(npm.package), [], 'the programs, for V8');
  fs.writeFileSync(`${npm.prebuilt}/native.node`, 'of another system');
  const line = npm.run('master/main', MIRROR);
  assert.match(
    line.stderr,
    /^error: the native parts .* cannot be loaded: .*; run "node .*\/dist\/roles\/install\.js"\n$/,
  );
  assert.equal(line.status, 71);
  const without = npm.run('install');
  assert.equal(without.status, 1);
  assert.match(without.stderr, /error: the native parts cannot be compiled: install make and gcc,/);
});
