/** A daemon with few inotify watches. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { commandOf, mirrorOptions } from './programs.js';
import type { Scope } from './temporary.js';
import { ORDINARY_USER } from './user.js';

/**
 * Starts a mirror with at most `watches`. They are limited by a user namespace: its limit applies
 * only to itself and to namespaces inside it. The inner namespace runs as an ordinary user again.
 * @param base a directory in which that user can read
 */
export function startLimited(
  scope: Scope,
  watches: number,
  base: string,
  directories: { readonly source: string; readonly destination: string },
  ...words: readonly string[]
): Daemon {
  const limited = join(base, 'limited');
  fs.writeFileSync(
    limited,
    `echo ${watches} >/proc/sys/user/max_inotify_watches && exec unshare --user ` +
      `--map-user=${ORDINARY_USER.uid} --map-group=${ORDINARY_USER.gid} "$@"\n`,
  );
  const command = [
    ...commandOf('clsync'),
    ...mirrorOptions(scope, 'clsync', directories),
    ...words,
  ];
  return new Daemon(scope, ['unshare', '--user', '--map-root-user', 'sh', limited, ...command], {
    user: ORDINARY_USER,
  });
}
