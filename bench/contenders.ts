/** The programs that are compared. */
import { execFileSync } from 'node:child_process';
import { commandOf, mirrorOptions, needs } from '../test/harness/programs.js';
import type { Program } from '../test/harness/programs.js';
import { Daemon } from '../test/harness/daemon.js';
import type { Scope } from '../test/harness/temporary.js';

/**
 * `rsync` is the bare program, started at the right moment. It is not a daemon, but the lower limit
 * for every program that runs it.
 */
export const CONTENDERS = ['clsync', 'original', 'lsyncd', 'rsync'] as const;
export type Contender = (typeof CONTENDERS)[number];

export const TITLES: Readonly<Record<Contender, string>> = {
  clsync: 'this',
  original: 'C clsync',
  lsyncd: 'lsyncd',
  rsync: 'bare rsync',
};

export function isInstalled(contender: Contender): boolean {
  return contender === 'rsync' || needs(contender) === false;
}

export function startDaemon(
  scope: Scope,
  program: Program,
  source: string,
  destination: string,
): Daemon {
  return new Daemon(scope, [
    ...commandOf(program),
    ...mirrorOptions(scope, program, { source, destination }),
  ]);
}

/** Runs the bare program once for the whole tree. */
export function runRsync(source: string, destination: string): void {
  execFileSync('rsync', ['-aH', '--modify-window=-1', '--delete', source + '/', destination + '/']);
}
