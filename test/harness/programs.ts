/**
 * The programs under test: this one, the C program it succeeds, and for comparison lsyncd, with
 * rsync for every change or with cp, mv and rm.
 */
import { cpSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

export const PROGRAMS = ['clsync', 'original', 'lsyncd', 'lsyncd-direct'] as const;
export type Program = (typeof PROGRAMS)[number];

const PATHS: Readonly<Record<Exclude<Program, 'clsync'>, string>> = {
  original: '/usr/bin/clsync',
  lsyncd: '/usr/bin/lsyncd',
  'lsyncd-direct': '/usr/bin/lsyncd',
};

/** For `{ skip }`: false when the programs are installed. */
export function needs(...programs: readonly Program[]): string | false {
  const absent = programs
    .filter((program) => program !== 'clsync')
    .find((program) => !existsSync(PATHS[program]));
  return absent === undefined ? false : `${PATHS[absent]} is not installed`;
}

/** The beginning of its command line, without options. */
export function commandOf(program: Program): readonly string[] {
  return program === 'clsync'
    ? [process.execPath, join(FILES.root, 'dist/roles/master/main.js')]
    : [PATHS[program]];
}

/**
 * Temporary directories are often mounted nosuid and nodev, and tests mirror what they make there.
 */
const WHOLE = ['--mirror-setid=yes', '--mirror-devices=yes'];

export interface MirrorSettings {
  readonly source: string;
  /** A local directory, or any other destination of rsync. */
  readonly destination: string;
  /** More options, for clsync and the original only. */
  readonly options?: readonly string[];
}

/**
 * Options with which `program` mirrors without delays, in the foreground. For lsyncd they are in a
 * file, which is removed at the end of `scope`.
 */
export function mirrorOptions(
  scope: Scope,
  program: Program,
  { source, destination, options = [] }: MirrorSettings,
): readonly string[] {
  if (!program.startsWith('lsyncd'))
    return [
      ...['-Mrsyncdirect', '-t0', '-T0', '-w0', '-W', source, '-D', destination],
      ...(program === 'clsync' ? WHOLE : []),
      ...options,
    ];
  const file = join(temporaryDirectory(scope), 'lsyncd.conf');
  writeFileSync(
    file,
    `settings { nodaemon = true, maxProcesses = 1 }
sync { default.${program === 'lsyncd' ? 'rsync' : 'direct'}, source = ${JSON.stringify(source)},
  target = ${JSON.stringify(destination)}, delay = 0,
  rsync = { archive = true, hard_links = true, _extra = { "--super" } } }
`,
  );
  return [file];
}

/**
 * Copies the content of an installed package into an empty directory. The packages in node_modules
 * are symbolic links, except `copied`.
 */
export function copyInstallation(target: string, copied: string): void {
  const built = [FILES.launcher, FILES.monitor, FILES.addon, FILES.objectHost].map((path) =>
    relative(FILES.root, path),
  );
  for (const part of [
    'package.json',
    ...built,
    'dist/src',
    'dist/roles',
    join('node_modules', copied),
  ])
    cpSync(join(FILES.root, part), join(target, part), { recursive: true });
  for (const name of readdirSync(join(FILES.root, 'node_modules'))) {
    if (name !== copied)
      symlinkSync(join(FILES.root, 'node_modules', name), join(target, 'node_modules', name));
  }
}
