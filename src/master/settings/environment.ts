/**
 * The environment that handlers and hooks get: an allow-list, because variables such as LD_PRELOAD
 * or NODE_OPTIONS execute code; all of it under --compat.
 */
import { readFileSync } from 'node:fs';
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

/** In it the daemon in the background finds the descriptor on which its command waits. */
export const READY_VARIABLE = '_CLSYNC_READY';

const ALLOWED = new Set([
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'TERM',
  'SSH_AUTH_SOCK',
]);
const ALLOWED_PREFIXES = ['LC_', 'RSYNC_', 'CLSYNC_'];

/** The environment the daemon was started with, as bytes (Node's own copy is decoded as UTF-8). */
export function readEnvironment(): BytePath[] {
  return fromBuffer(readFileSync('/proc/self/environ'))
    .split('\0')
    .filter((entry) => entry.includes('=')) as BytePath[];
}

/** Said anew for every call, or meant for nobody but the daemon. */
const OWN = new Set(['CLSYNC_STATUS', 'CLSYNC_ITERATION', 'CLSYNC_EXIT_STATUS', READY_VARIABLE]);

/** With these variables set; undefined leaves one as it is. */
export function withVariables(
  environment: readonly BytePath[],
  variables: Readonly<Record<string, BytePath | undefined>>,
): BytePath[] {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  const others = environment.filter((entry) => !set.some(([name]) => entry.startsWith(`${name}=`)));
  return [...others, ...set.map(([name, value]) => `${name}=${value}` as BytePath)];
}

/** `further`: names the user adds with --handler-env. */
export function handlerEnvironment(
  environment: readonly BytePath[],
  further: readonly string[],
): BytePath[] {
  return startersEnvironment(environment).filter((entry) => {
    const name = nameOf(entry);
    return (
      ALLOWED.has(name) ||
      further.includes(name) ||
      ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix))
    );
  });
}

/** All of it, for handlers that were written for the C program (`--compat`). */
export function startersEnvironment(environment: readonly BytePath[]): BytePath[] {
  return environment.filter((entry) => !OWN.has(nameOf(entry)));
}

function nameOf(entry: BytePath): string {
  return entry.slice(0, entry.indexOf('='));
}
