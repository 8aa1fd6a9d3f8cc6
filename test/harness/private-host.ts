/**
 * Runs programs in a mount namespace in which parts of the host are replaced, so that their changes
 * to those parts do not reach the host.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

/**
 * The command line that starts `command` in such a namespace.
 * @param places for each directory or file of the host, the path that replaces it
 */
export function elsewhere(
  places: Readonly<Record<string, string>>,
  command: readonly string[],
): readonly string[] {
  const pairs = Object.entries(places).flat();
  return [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    MOUNT,
    'sh',
    String(pairs.length / 2),
    ...pairs,
    ...command,
  ];
}

const MOUNT =
  'n=$1; shift; while [ "$n" -gt 0 ]; do mount --bind "$2" "$1" || exit 99; shift 2; ' +
  'n=$((n - 1)); done; exec "$@"';

/** A copy of /etc to replace it for a program. */
export function copyOfEtc(scope: Scope): string {
  const copy = join(temporaryDirectory(scope), 'etc');
  // Node 24's cpSync aborts the process when a directory vanishes meanwhile.
  execFileSync('cp', ['-a', '--', '/etc', copy]);
  return copy;
}
