/**
 * `clsync web`: shows the instances of this host to browsers and to Prometheus. No part of a
 * daemon.
 */
import { lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { ClsyncError } from '../shared/errors.js';
import { codeOf, systemReason } from '../shared/system-errors.js';
import { application } from './app.js';
import { Instances } from './instances.js';

const USAGE = `usage: clsync web [--listen ADDRESS:PORT|unix:PATH] [--host NAME]...

Shows the daemons that have a socket in /run/clsync, as far as this user may ask them.
  --listen  where (default 127.0.0.1:8731); unix:PATH for a server in front of it
  --host    a further name by which browsers may call it

It runs without privileges: as a user who is in the group of --socket-view of each daemon.
`;
const DEFAULT = '127.0.0.1:8731';
/** Connections at a time. */
const CONNECTIONS = 64;

type Place =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

interface Wanted {
  readonly listen: Place;
  readonly hosts: readonly string[];
}

/**
 * Serves until a signal; returns the exit status. This is loaded apart from what calls it, which
 * knows none of its errors: they are said here.
 */
export async function web(
  words: readonly string[],
  say: (text: string) => unknown,
  complain: (text: string) => unknown,
): Promise<number> {
  try {
    return await serve(words, say);
  } catch (error) {
    if (!(error instanceof ClsyncError)) throw error;
    complain(`error: ${error.message}\n`);
    return error.exit;
  }
}

async function serve(words: readonly string[], say: (text: string) => unknown): Promise<number> {
  if (words.some((word) => word === '--help' || word === '-h')) {
    say(USAGE);
    return 0;
  }
  const { listen, hosts } = wanted(words);
  if (process.geteuid?.() === 0)
    throw new ClsyncError(
      'USAGE',
      'clsync web runs without privileges: start it as an ordinary user, whom each daemon lets look ' +
        'with --socket-view GROUP: setpriv --reuid USER --regid GROUP --init-groups clsync web',
    );
  const instances = new Instances();
  const app = application(instances, listen.kind === 'unix' ? undefined : namesOf(listen, hosts));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.maxConnections = CONNECTIONS;
  await instances.begin();
  try {
    await listening(server, listen);
    say(
      `clsync web: ${listen.kind === 'unix' ? listen.path : `http://${listen.host}:${portOf(server)}/`}\n`,
    );
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
    });
  } finally {
    instances.end();
    server.close();
    server.closeAllConnections();
  }
  return 0;
}

function wanted(words: readonly string[]): Wanted {
  let listen = DEFAULT;
  const hosts: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [, key, attached] = /^(--[a-z]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    if (key !== '--listen' && key !== '--host') throw usage(`"${words[at]}" is no option of it`);
    const value = attached ?? words[++at];
    if (value === undefined || value === '') throw usage(`${key} needs a value`);
    if (key === '--listen') listen = value;
    else hosts.push(value.toLowerCase());
  }
  return { listen: placeIn(listen), hosts };
}

function placeIn(text: string): Place {
  if (text.startsWith('unix:')) {
    const path = text.slice(5);
    if (path === '') throw usage('--listen unix: needs a path');
    return { kind: 'unix', path };
  }
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[^:]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw usage(`--listen "${text}" is neither ADDRESS:PORT, such as ${DEFAULT}, nor unix:PATH`);
  return { kind: 'tcp', host, port: Number(port) };
}

/** By which it may be called. */
function namesOf({ host }: { readonly host: string }, more: readonly string[]): Set<string> {
  return new Set(['localhost', '127.0.0.1', '[::1]', host.toLowerCase(), ...more]);
}

function usage(why: string): ClsyncError {
  return new ClsyncError('USAGE', `clsync web: ${why}; see clsync web --help`);
}

async function listening(server: Server, place: Place): Promise<void> {
  try {
    await bound(server, place);
  } catch (error) {
    const isLeft =
      place.kind === 'unix' && codeOf(error) === 'EADDRINUSE' && (await isDead(place.path));
    if (!isLeft) throw failure(place, error);
    unlinkSync(place.path);
    await bound(server, place).catch((again: unknown) => {
      throw failure(place, again);
    });
  }
}

function bound(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (place.kind === 'unix') server.listen(place.path, done);
    else server.listen(place.port, place.host.replace(/^\[|\]$/g, ''), done);
  });
}

/** A socket that nobody listens at. */
function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return resolve(false);
    const probe = createConnection(path);
    probe
      .on('connect', () => resolve(false))
      .on('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
    probe.on('connect', () => probe.destroy());
  });
}

function failure(place: Place, error: unknown): ClsyncError {
  const where = place.kind === 'unix' ? place.path : `${place.host}:${place.port}`;
  return new ClsyncError('CANNOT_LISTEN', where, systemReason(error));
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
