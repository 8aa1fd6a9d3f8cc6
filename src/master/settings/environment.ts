/**
 * The environment of handlers and hooks. It is an allow-list, because variables such as LD_PRELOAD
 * or NODE_OPTIONS execute code. With --compat it is the starter's environment.
 */
import { readFileSync } from 'node:fs';
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

/** The variable that gives a daemon in the background the descriptor on which its command waits. */
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

/** The environment the daemon was started with, as bytes: process.env is decoded as UTF-8. */
export function readEnvironment(): BytePath[] {
  return fromBuffer(readFileSync('/proc/self/environ'))
    .split('\0')
    .filter((entry) => entry.includes('=')) as BytePath[];
}

/** Variables that are set anew for every call, or are meant for the daemon only. */
const OWN = new Set(['CLSYNC_STATUS', 'CLSYNC_ITERATION', 'CLSYNC_EXIT_STATUS', READY_VARIABLE]);

/** Sets variables in an environment; a variable whose value is undefined stays unchanged. */
export function withVariables(
  environment: readonly BytePath[],
  variables: Readonly<Record<string, BytePath | undefined>>,
): BytePath[] {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  const others = environment.filter((entry) => !set.some(([name]) => entry.startsWith(`${name}=`)));
  return [...others, ...set.map(([name, value]) => `${name}=${value}` as BytePath)];
}

/** The allowed part of the environment. `further`: names the user adds with --handler-env. */
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

/** The whole environment, for handlers written for the C program (`--compat`). */
export function startersEnvironment(environment: readonly BytePath[]): BytePath[] {
  return environment.filter((entry) => !OWN.has(nameOf(entry)));
}

function nameOf(entry: BytePath): string {
  return entry.slice(0, entry.indexOf('='));
}
