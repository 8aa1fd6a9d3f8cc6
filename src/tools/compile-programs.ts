/**
 * Has V8 compile the programs of `dist/roles/` (all functions, not only those that are called at
 * once), and keeps the result beside them for this version of Node: node
 * dist/roles/compile-programs.js. Another one is needed after an update of Node; without it a start
 * takes some 20 ms longer.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { compile, pathOfCompiled, pathOfProgram } from '../shared/compiled-program.js';
import { nodeOptions } from '../shared/written-code.js';

declare const DIGEST: string;

/** The options belong to what is compiled. */
const PROGRAMS = {
  master: nodeOptions('executed'),
  watcher: nodeOptions('refused'),
  executor: nodeOptions('refused'),
} as const;

function compileProgram(directory: string): void {
  setFlagsFromString('--no-lazy');
  const script = compile(directory, DIGEST);
  // V8 compares the options when it reads the result.
  setFlagsFromString('--lazy');
  const path = pathOfCompiled(directory, DIGEST);
  writeFileSync(path + '.new', script.createCachedData());
  renameSync(path + '.new', path);
}

const [, , wanted] = process.argv;
if (wanted !== undefined) compileProgram(wanted);
else
  for (const [name, options] of Object.entries(PROGRAMS)) {
    const directory = `${__dirname}/${name}`;
    // A checkout in which nothing has been built yet.
    if (!existsSync(pathOfProgram(directory))) continue;
    const { status } = spawnSync(process.execPath, [...options, __filename, directory], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) process.exitCode = 1;
  }
