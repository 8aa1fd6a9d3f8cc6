/**
 * A program of `dist/roles/` with what V8 made of it before, so that a start neither parses nor
 * compiles it. V8 refuses what another version of it made, or other options, and then compiles
 * anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';

type Program = (
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  filename: string,
  directory: string,
) => void;

/** @param directory the program's, absolute */
export function pathOfProgram(directory: string): string {
  return `${directory}/program.js`;
}

/**
 * For this version of Node.
 *
 * @param digest of all programs: what was made of other ones is not to be found
 */
export function pathOfCompiled(directory: string, digest: string): string {
  return `${directory}/program.${digest}.${process.version}.${process.arch}.compiled`;
}

export function compile(directory: string, digest: string): Script {
  const path = pathOfProgram(directory);
  const compiled = pathOfCompiled(directory, digest);
  // esbuild writes ASCII only, which V8 keeps as it is.
  return new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`,
    {
      filename: path,
      ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
    },
  );
}

/** As Node runs a CommonJS module. */
export function run(
  directory: string,
  digest: string,
  load: NodeJS.Require,
  module: NodeJS.Module,
): void {
  const program = compile(directory, digest).runInThisContext() as Program;
  program(module.exports, load, module, pathOfProgram(directory), directory);
}
