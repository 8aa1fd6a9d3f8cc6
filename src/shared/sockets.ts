/** Where the control sockets of running daemons are. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { BytePath } from './bytes.js';
import { fromBuffer, fromText } from './bytes.js';
import { ClsyncError } from './errors.js';

/** Sockets are named after their instance. */
const PLACE = '/run/clsync';
const END = '.sock';

/** The socket of an instance. Throws ClsyncError for what is no name. */
export function socketNamed(name: BytePath): BytePath {
  if (name === '' || name.includes('/') || name.startsWith('.'))
    throw new ClsyncError(
      'USAGE',
      `"${name}" is no name of an instance: clsync ctl list shows them`,
    );
  return `${PLACE}/${name}${END}` as BytePath;
}

/** All of them, by name. */
export function allSockets(): BytePath[] {
  let names: Buffer[];
  try {
    names = readdirSync(fromText(PLACE), { encoding: 'buffer' });
  } catch {
    return [];
  }
  return names
    .map((name) => fromBuffer(name))
    .filter((name) => name.endsWith(END) && !name.startsWith('.'))
    .sort()
    .map((name) => `${PLACE}/${name}` as BytePath);
}

/** The name of the instance whose socket this is, as far as its path says. */
export function nameOf(socket: BytePath): string {
  return basename(socket, END);
}
