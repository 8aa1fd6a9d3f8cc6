/** How rsync reaches other hosts: by ssh, with connections of its own. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isRemote } from '../../shared/places.js';

/**
 * A user's settings may have ssh leave a socket for later connections, in a place that is not to be
 * written to here, and a process that outlives the sync. What stands first counts for ssh, so the
 * user's own options do.
 */
const UNSHARED = '-o ControlMaster=no -o ControlPath=none';

/**
 * Whether any of these is `host:path` or `user@host:path`; `host::module` and URLs are rsync's own
 * protocol.
 */
export function reachesBySsh(words: readonly (BytePath | undefined)[]): boolean {
  return words.some(
    (word) => word !== undefined && isRemote(word) && !/^[^/]*(?:::|:\/\/)/.test(word),
  );
}

/** @param shell as in RSYNC_RSH; one that is not ssh stays as it is */
export function unsharedRemoteShell(shell: BytePath | undefined): BytePath {
  const written = shell || fromText('ssh');
  return /^\s*(?:\S*\/)?ssh(?:\s|$)/.test(written)
    ? (`${written} ${UNSHARED}` as BytePath)
    : written;
}

/**
 * Arguments of rsync in which the user names the remote shell, with `-e SHELL`, `--rsh SHELL` or
 * `--rsh=SHELL`.
 */
export function withUnsharedShell(words: readonly BytePath[]): BytePath[] {
  return words.map((word, index) => {
    const [, option = '', shell] = /^(--rsh=)(.*)$/s.exec(word) ?? [];
    if (shell !== undefined) return (option + unsharedRemoteShell(shell as BytePath)) as BytePath;
    return ['-e', '--rsh'].includes(words[index - 1] ?? '') ? unsharedRemoteShell(word) : word;
  });
}
