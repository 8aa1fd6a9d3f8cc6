/** The programs under test: this one, the C program it succeeds, and lsyncd for comparison. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';
import type { User } from './user.js';

export const PROGRAMS = ['clsync', 'original', 'lsyncd'] as const;
export type Program = (typeof PROGRAMS)[number];

const PATHS: Readonly<Record<Exclude<Program, 'clsync'>, string>> = { original: '/usr/bin/clsync', lsyncd: '/usr/bin/lsyncd' };

/** For `{ skip }`: false when the program can be run here. */
export function needs(...programs: readonly Program[]): string | false {
  const absent = programs.filter((program) => program !== 'clsync').find((program) => !existsSync(PATHS[program]));
  return absent === undefined ? false : `${PATHS[absent]} is not installed`;
}

/** The words that start `program`, to which its options are added. */
export function commandOf(program: Program, user?: User): readonly string[] {
  if (program !== 'clsync') return [PATHS[program]];
  return [process.execPath, join(user ? readableInstallation() : FILES.root, 'dist/src/master/main.js')];
}

export interface MirrorSettings {
  readonly source: string;
  /** A local directory, or what rsync takes as one. */
  readonly destination: string;
  /** More options, for clsync and the original only. */
  readonly options?: readonly string[];
}

/** The options with which `program` mirrors at once, in the foreground. lsyncd needs a file for them, kept until the end of `scope`. */
export function mirrorOptions(scope: Scope, program: Program, { source, destination, options = [] }: MirrorSettings): readonly string[] {
  if (program !== 'lsyncd') return ['-Mrsyncdirect', '-t0', '-T0', '-w0', '-W', source, '-D', destination, ...options];
  const file = join(temporaryDirectory(scope), 'lsyncd.conf');
  writeFileSync(
    file,
    `settings { nodaemon = true, maxProcesses = 1 }
sync { default.rsync, source = ${JSON.stringify(source)}, target = ${JSON.stringify(destination)}, delay = 0,
  rsync = { archive = true, hard_links = true, _extra = { "--super" } } }
`,
  );
  return [file];
}

let copy: string | undefined;

/** This checkout, or a copy of it when it lies where another user may not go (below a 0700 directory). */
function readableInstallation(): string {
  for (let path = FILES.root; path !== '/'; path = dirname(path)) {
    if ((statSync(path).mode & 0o005) === 0o005) continue;
    if (copy !== undefined) return copy;
    const target = (copy = mkdtempSync(join(tmpdir(), 'clsync-installed-')));
    process.on('exit', () => rmSync(target, { recursive: true, force: true }));
    copyInstallation(target);
    return target;
  }
  return FILES.root;
}

/** What an installed package has, into an empty directory. */
export function copyInstallation(target: string): void {
  const parts = ['package.json', 'build', 'dist/src', 'dist/roles', ...readdirSync(join(FILES.root, 'node_modules')).filter(isRuntime).map((name) => join('node_modules', name))];
  for (const part of parts) cpSync(join(FILES.root, part), join(target, part), { recursive: true });
}

function isRuntime(name: string): boolean {
  return !name.startsWith('.') && !['esbuild', '@esbuild', 'typescript', '@typescript', '@types'].includes(name);
}
