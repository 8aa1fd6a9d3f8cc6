/** Makes rsync reach other hosts by ssh with connections that are not shared. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isRemote } from '../../shared/places.js';

/**
 * The settings of ssh may share connections: that needs a socket at a place where the handler
 * cannot write, and leaves a process that outlives the sync. These options stand last, because ssh
 * takes the first value of an option: the user's own options take precedence.
 */
const UNSHARED = '-o ControlMaster=no -o ControlPath=none';

/**
 * Whether any of these words is `host:path` or `user@host:path`. `host::module` and URLs are the
 * protocol of the rsync daemon.
 */
export function reachesBySsh(words: readonly (BytePath | undefined)[]): boolean {
  return words.some(
    (word) => word !== undefined && isRemote(word) && !/^[^/]*(?:::|:\/\/)/.test(word),
  );
}

/**
 * The remote shell without shared connections; one that is not ssh stays as it is. @param shell as
 * in RSYNC_RSH
 */
export function unsharedRemoteShell(shell: BytePath | undefined): BytePath {
  const written = shell || fromText('ssh');
  return /^\s*(?:\S*\/)?ssh(?:\s|$)/.test(written)
    ? (`${written} ${UNSHARED}` as BytePath)
    : written;
}

/**
 * Applies `unsharedRemoteShell` to the remote shell in rsync's arguments: `-e SHELL`, `--rsh SHELL`
 * or `--rsh=SHELL`.
 */
export function withUnsharedShell(words: readonly BytePath[]): BytePath[] {
  return words.map((word, index) => {
    const [, option = '', shell] = /^(--rsh=)(.*)$/s.exec(word) ?? [];
    if (shell !== undefined) return (option + unsharedRemoteShell(shell as BytePath)) as BytePath;
    return ['-e', '--rsh'].includes(words[index - 1] ?? '') ? unsharedRemoteShell(word) : word;
  });
}
