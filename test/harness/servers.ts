/**
 * Real servers on the loopback interface as destinations of a mirror. They end with their scope.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from './daemon.js';
import { needsMounts } from './offers.js';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

/** An address that no test in another process has, so that no port of theirs is in the way. */
const HOST = `127.${64 + (process.pid >> 16)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
/** Where `make test` unpacks sshd when it is not installed. */
const UNPACKED = join(FILES.root, 'build/test-tools');
const SSHD = ['/usr/sbin/sshd', join(UNPACKED, 'usr/sbin/sshd')].find((path) => existsSync(path));

/**
 * For `{ skip }`: needs root, because sshd gets its user and its directory in a mount namespace.
 */
export const needsSshd: string | false = SSHD === undefined ? 'no sshd' : needsMounts();

export interface SshServer {
  /** The environment with which rsync reaches the server: RSYNC_RSH. */
  readonly environment: NodeJS.ProcessEnv;
  /** Contains the client's key. */
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  /** How many connections it has accepted, since it was started last. */
  connections(): number;
  /** Ends it; connections that are open go on. */
  stop(): Promise<unknown>;
  /** Starts it again, on the same port. */
  startAgain(): Promise<void>;
}

export async function startSshd(scope: Scope): Promise<SshServer> {
  if (SSHD === undefined) throw new Error('no sshd');
  const directory = temporaryDirectory(scope);
  const file = (name: string): string => join(directory, name);
  for (const key of ['host', 'client'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)]);
  writeFileSync(file('authorized'), readFileSync(file('client.pub')));
  const port = await freePort();
  const session = join(UNPACKED, 'usr/lib/openssh/sshd-session');
  const authentication = join(UNPACKED, 'usr/lib/openssh/sshd-auth');
  writeFileSync(
    file('config'),
    `ListenAddress ${HOST}:${port}
HostKey ${file('host')}
AuthorizedKeysFile ${file('authorized')}
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
${existsSync(session) ? `SshdSessionPath ${session}\nSshdAuthPath ${authentication}\n` : ''}`,
  );
  writeFileSync(
    file('passwd'),
    // A shell that reads no files of the user, which may take longer than all the rest.
    readFileSync('/etc/passwd', 'latin1').replace(/^(root:.*:).*$/m, '$1/bin/sh') +
      'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n',
    'latin1',
  );
  writeFileSync(file('prepare'), PREPARE);
  const library = execFileSync('find', [UNPACKED, '-name', 'libwrap.so.0', '-printf', '%h'], {
    encoding: 'utf8',
  });
  const command = [
    'unshare',
    '--mount',
    'sh',
    file('prepare'),
    file('passwd'),
    SSHD,
    file('config'),
  ];
  const environment = { ...process.env, LD_LIBRARY_PATH: library };
  let daemon: Daemon;
  const startAgain = async (): Promise<void> => {
    daemon = new Daemon(scope, command, { environment });
    await daemon.until('sshd accepts', () => accepts(port));
  };
  await startAgain();
  const options = [
    '-F',
    'none',
    '-p',
    String(port),
    '-i',
    file('client'),
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  return {
    environment: { ...process.env, RSYNC_RSH: ['ssh', ...options].join(' ') },
    directory,
    host: HOST,
    port,
    connections: () => daemon.stderr.split('Accepted publickey').length - 1,
    stop: () => daemon.stop(),
    startAgain,
  };
}

/**
 * Creates the user and the directory that an installation of sshd would have, in its mount
 * namespace only.
 */
const PREPARE = `set -e
mount --bind "$1" /etc/passwd
mount -t tmpfs tmpfs /run
mkdir /run/sshd
exec "$2" -D -e -f "$3"
`;

export interface RsyncServer {
  /** `rsync://host:port/module/`, whose files are in `directory`. */
  readonly url: string;
  stop(): Promise<unknown>;
  /** Stops it, and has the host answer nobody who connects, as if it were not there. */
  vanish(): Promise<void>;
  /** Starts it again, on the same port. */
  startAgain(): Promise<void>;
}

/** Listens, and accepts nothing: once its queue is full, the kernel drops what else comes. */
const DEAF =
  'require("net").createServer().listen({ host: process.argv[1], port: process.argv[2], ' +
  'backlog: 1 }, () => { console.log("deaf"); ' +
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); })';

/**
 * An rsync daemon that writes into `directory`. Needs root: without chroot it would change the
 * targets of symbolic links.
 */
export async function startRsyncDaemon(scope: Scope, directory: string): Promise<RsyncServer> {
  const config = join(temporaryDirectory(scope), 'rsyncd.conf');
  const port = await freePort();
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    config,
    'use chroot = yes\nmunge symlinks = no\nuid = 0\ngid = 0\n[mirror]\npath = ' +
      `${directory}\nread only = no\n`,
  );
  const words = ['--daemon', '--no-detach', `--config=${config}`, `--address=${HOST}`];
  let daemon: Daemon;
  const startAgain = async (): Promise<void> => {
    daemon = new Daemon(scope, ['rsync', ...words, `--port=${port}`]);
    await daemon.until('the rsync daemon accepts', () => accepts(port));
  };
  await startAgain();
  const vanish = async (): Promise<void> => {
    await daemon.stop();
    daemon = new Daemon(scope, [process.execPath, '-e', DEAF, HOST, String(port)]);
    await daemon.until('its start', () => daemon.stdout !== '');
    await daemon.until('its queue to be full', async () => !(await accepts(port, 500)));
  };
  const url = `rsync://${HOST}:${port}/mirror/`;
  return { url, stop: () => daemon.stop(), vanish, startAgain };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** @param patience milliseconds in which it has to answer; undefined: as the kernel says */
function accepts(port: number, patience?: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy()).once('close', () => clearTimeout(timer));
    const timer = patience === undefined ? undefined : setTimeout(() => given(), patience);
    const given = (): void => {
      resolve(false);
      socket.destroy();
    };
  });
}
