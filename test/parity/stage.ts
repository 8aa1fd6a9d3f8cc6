/**
 * A place to run command lines of the C program's documentation as written, except for their paths.
 */
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Daemon } from '../harness/daemon.js';
import { mentioning } from '../harness/processes.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';

/**
 * original: the C program. default: this program with the options that the example needs in our
 * sandbox. compat: this program with `--compat`.
 */
export const VARIANTS = ['original', 'default', 'compat'] as const;
export type Variant = (typeof VARIANTS)[number];

/**
 * Programs that are rarely installed; each is replaced by a script that writes its name and
 * arguments on a line of `record`.
 */
const RECORDERS = ['pdcp', 'uftp'];
const PROGRAM = /\/usr\/bin\/clsync|master\/main\.js/;

export class Stage {
  readonly base: string;
  /** The file that recorders and hooks write to. */
  readonly recordFile: string;
  readonly daemon: Daemon;

  /** Runs `line` with sh(1) in a directory of its own, which `$base` in it stands for. */
  constructor(
    scope: Scope,
    variant: Variant,
    line: string,
    options: readonly string[],
    prepare: (base: string) => void,
  ) {
    this.base = temporaryDirectory(scope);
    this.recordFile = join(this.base, 'record');
    writeFileSync(this.recordFile, '');
    chmodSync(this.recordFile, 0o666);
    this.writePrograms(variant, options);
    prepare(this.base);
    this.daemon = new Daemon(scope, ['sh', '-c', line], {
      cwd: this.base,
      environment: {
        ...process.env,
        base: this.base,
        PATH: `${join(this.base, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: this.base,
      },
    });
    atEnd(scope, () => this.stop());
  }

  record(): string[] {
    return readFileSync(this.recordFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Ends every clsync of this stage, in the background or not, and waits until none is left. */
  async stop(): Promise<void> {
    const left = (): ReturnType<typeof mentioning> => mentioning(this.base);
    // Once each, but also what the shell of the stage has started since the first look.
    const told = new Set<number>();
    const isOver = (): boolean => {
      const programs = left();
      for (const { pid, command } of programs) {
        if (!PROGRAM.test(command) || told.has(pid)) continue;
        told.add(pid);
        tryToEnd(pid);
      }
      return programs.length === 0;
    };
    await until('the end of the stage', isOver, { detail: () => JSON.stringify(left()) });
  }

  private writePrograms(variant: Variant, options: readonly string[]): void {
    const directory = subdirectory(this.base, 'bin');
    const widened = options.map((option) => option.replaceAll('$base', this.base));
    const command =
      variant === 'original'
        ? commandOf('original')
        : [...commandOf('clsync'), ...(variant === 'compat' ? ['--compat'] : widened)];
    writeScript(join(directory, 'clsync'), `exec ${command.map(quote).join(' ')} "$@"`);
    writeScript(join(directory, 'sudo'), 'exec "$@"');
    for (const name of RECORDERS)
      writeScript(join(directory, name), `echo ${name} "$@" >>${quote(this.recordFile)}`);
  }
}

export function writeScript(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

/**
 * Every object beneath a directory with its content, one line each. Objects removed meanwhile, such
 * as rsync's temporary files, are left out.
 */
export function listing(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(directory.length + 1);
      if (entry.isDirectory()) return [`${name}/`];
      try {
        return [
          entry.isSymbolicLink()
            ? `${name} -> ${readlinkSync(path)}`
            : `${name}: ${readFileSync(path, 'utf8')}`,
        ];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return [];
      }
    })
    .sort();
}

/** `name uid:gid` for each object beneath a directory. */
export function owners(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { uid, gid } = statSync(join(directory, name));
      return `${name} ${uid}:${gid}`;
    })
    .sort();
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** It may have ended already. */
export function tryToEnd(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Milliseconds for an effect: it is tried again under the C program, which may hang. */
export function patienceWith(variant: Variant): number {
  return variant === 'original' ? PATIENCE / 4 : PATIENCE;
}

/**
 * Runs a test, up to three times for the C program: it sometimes fails because its own signals
 * interrupt a system call, which is not tested here.
 */
export async function withTries(variant: Variant, run: () => Promise<void>): Promise<void> {
  for (let left = variant === 'original' ? 2 : 0; ; left--) {
    try {
      return await run();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
