/**
 * Programs for which parts of the host are others, in a mount namespace of their own: nothing they
 * do to those reaches the host.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

/**
 * `places`: for a directory or file of the host, what stands in its place. The words start
 * `command` there.
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

/** A copy of /etc that a program may be given in its place. */
export function copyOfEtc(scope: Scope): string {
  const copy = join(temporaryDirectory(scope), 'etc');
  // Node 24's cpSync aborts the process when a directory of the host goes meanwhile.
  execFileSync('cp', ['-a', '--', '/etc', copy]);
  return copy;
}
