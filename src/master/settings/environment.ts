/** The environment that handlers and hooks get: an allow-list, because variables such as LD_PRELOAD or NODE_OPTIONS execute code. */
import { readFileSync } from 'node:fs';
import { fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

const ALLOWED = new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'TERM', 'SSH_AUTH_SOCK']);
const ALLOWED_PREFIXES = ['LC_', 'RSYNC_', 'CLSYNC_'];

/** The environment the daemon was started with, as bytes (Node's own copy is decoded as UTF-8). */
export function readEnvironment(): BytePath[] {
  return fromBuffer(readFileSync('/proc/self/environ')).split('\0').filter((entry) => entry.includes('=')) as BytePath[];
}

export function lookUp(environment: readonly BytePath[], name: string): BytePath | undefined {
  const found = environment.find((entry) => entry.startsWith(`${name}=`));
  return found === undefined ? undefined : (found.slice(name.length + 1) as BytePath);
}

/** `further`: names the user adds with --handler-env. */
export function handlerEnvironment(environment: readonly BytePath[], further: readonly string[]): BytePath[] {
  return environment.filter((entry) => {
    const name = entry.slice(0, entry.indexOf('='));
    return ALLOWED.has(name) || further.includes(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix));
  });
}
