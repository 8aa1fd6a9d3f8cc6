/**
 * The remote shell of rsync: ssh with connections that are not shared, or shared only with the one
 * that the daemon keeps.
 */
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';
import { CONNECT_WITHIN, isOfDaemon, isRemote } from './places.js';

/**
 * The settings of ssh may share connections: that needs a socket at a place where the handler
 * cannot write, and leaves a process that outlives the sync. A connection that is silent for 45
 * seconds ends, so that a hung transfer is noticed; and one to a host that does not answer is given
 * up, since the kernel asks at growing intervals, of up to a minute. These options stand last,
 * because ssh takes the first value of an option: the user's own options take precedence.
 */
const NO_PATH = 'ControlPath=none';
const UNSHARED = [
  ...['-o ControlMaster=no', `-o ${NO_PATH}`, `-o ConnectTimeout=${CONNECT_WITHIN}`],
  ...['-o ServerAliveInterval=15', '-o ServerAliveCountMax=3'],
].join(' ');

/** Whether any of these words is `host:path` or `user@host:path`. */
export function reachesBySsh(words: readonly (BytePath | undefined)[]): boolean {
  return words.some((word) => word !== undefined && isRemote(word) && !isOfDaemon(word));
}

/**
 * The remote shell without shared connections; one that is not ssh stays as it is. @param shell as
 * in RSYNC_RSH
 */
export function unsharedRemoteShell(shell: BytePath | undefined): BytePath {
  const written = shell || fromText('ssh');
  return isSsh(written) ? (`${written} ${UNSHARED}` as BytePath) : written;
}

/**
 * The remote shell, using the connection behind this socket if there is one: ssh connects by itself
 * when there is none. Undefined: it is not ssh, or the user's options say which connections it
 * shares.
 * @param shell as `unsharedRemoteShell` returns it
 * @param socket no blanks, quotes or `%`, which have a meaning there
 */
export function sharingRemoteShell(shell: BytePath, socket: BytePath): BytePath | undefined {
  const own = shell.lastIndexOf(UNSHARED);
  if (!isSsh(shell) || own < 0 || /\s-\w*[SM]|Control(?:Master|Path)/i.test(shell.slice(0, own)))
    return undefined;
  return (shell.slice(0, own) + UNSHARED.replace(NO_PATH, `ControlPath=${socket}`)) as BytePath;
}

/**
 * The words of a remote shell, cut as rsync does: at blanks outside of single or double quotes; a
 * doubled quote in quotes stands for itself (rsync(1), `--rsh`).
 */
export function wordsOfShell(shell: BytePath): BytePath[] {
  return [...shell.matchAll(/(?:[^\s'"]|'(?:[^']|'')*'|"(?:[^"]|"")*")+/g)].map(
    ([word]) =>
      word.replace(/'((?:[^']|'')*)'|"((?:[^"]|"")*)"/g, (_, single?: string, double?: string) =>
        single === undefined ? (double ?? '').replaceAll('""', '"') : single.replaceAll("''", "'"),
      ) as BytePath,
  );
}

/**
 * The words with which ssh reaches the host of a destination `[user@]host:path`, as rsync calls it.
 */
export function hostWords(destination: BytePath): BytePath[] {
  const [, user, bracketed, plain = ''] =
    /^(?:([^/:]*)@)?(?:\[([^\]]*)\]|([^:/@]*)):/.exec(destination) ?? [];
  return [...(user === undefined ? [] : ['-l', user]), '--', bracketed ?? plain] as BytePath[];
}

function isSsh(shell: BytePath): boolean {
  return /^\s*(?:\S*\/)?ssh(?:\s|$)/.test(shell);
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
