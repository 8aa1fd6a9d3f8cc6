/**
 * The control socket: accepts clients, checks their credentials, and answers each client's commands
 * in order.
 */
import { chmodSync, chownSync, closeSync, lstatSync, renameSync, rmdirSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { uniqueName } from '../../shared/unique-name.js';
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { encodeLine, LineReader, PROTOCOL, REPLY } from '../../shared/control.js';
import { ClsyncError } from '../../shared/errors.js';
import { peerCredentials } from '../native.js';
import { posix } from '../posix.js';
import { answer } from './control-commands.js';
import type { ControlTarget } from './control-commands.js';
import { inDirectory, reasonOf } from '../open-path.js';
import { makePrivateDirectory } from '../held-directory.js';
import type { KeptFile, KeptFiles } from '../kept-files.js';

/** Who may connect, besides root and the user who started the daemon. */
export interface ControlAccess {
  readonly uid?: number;
  readonly gid?: number;
  /** Mode bits of the socket; default 0600. */
  readonly mode?: number;
}

/** The most clients at a time; further ones are refused. */
const CLIENTS_MAX = 32;
const DEFAULT_MODE = 0o600;
const OTHERS_MAY = 0o002;

export class ControlSocket {
  private readonly clients = new Set<Socket>();
  private server: Server | undefined;
  private restoring = false;

  private constructor(
    private readonly kept: KeptFile,
    private readonly access: ControlAccess,
    private readonly target: ControlTarget,
    private readonly warn: (text: string) => void,
  ) {}

  /**
   * Opens the socket. `path`: absolute; `files`: the table that it becomes a row of. Throws
   * ClsyncError when it cannot be made, or another daemon has it.
   */
  static async open(
    path: BytePath,
    files: KeptFiles,
    access: ControlAccess,
    target: ControlTarget,
    warn: (text: string) => void,
  ): Promise<ControlSocket> {
    if (access.gid !== undefined) posix(); // fails now rather than when the first client connects
    try {
      const socket = new ControlSocket(files.keep('--socket', path), access, target, warn);
      await socket.listen();
      return socket;
    } catch (error) {
      throw failure(error, path);
    }
  }

  /**
   * Makes the socket again if it has been removed, alone or with its directory. Connected clients
   * stay.
   */
  async restore(): Promise<void> {
    if (this.restoring || this.server === undefined) return;
    this.kept.follow();
    if (!this.kept.hasDirectory || this.kept.found() !== undefined) return;
    this.restoring = true;
    try {
      await this.listen();
    } catch (error) {
      this.warn(failure(error, this.kept.path).message);
    }
    this.restoring = false;
  }

  close(): void {
    this.server?.close();
    this.server = undefined;
    for (const client of this.clients) client.destroy();
    this.kept.follow();
    try {
      this.kept.remove();
    } catch {
      // someone else removed it, or the directory's permissions no longer let us
    }
  }

  /**
   * Makes the socket in a private directory, where it gets its owner and mode, and then renames it
   * to its path: nobody can connect before that.
   */
  private async listen(): Promise<void> {
    await refuseOccupied(this.kept);
    const workshop = uniqueName('.clsync-');
    const inside = makePrivateDirectory(this.kept.directory, workshop);
    try {
      const made = inDirectory(inside, fromText('socket'));
      await this.bind(made);
      const { uid, gid, mode } = this.access;
      if (uid !== undefined || gid !== undefined)
        chownSync(made, uid ?? process.getuid?.() ?? 0, gid ?? process.getgid?.() ?? 0);
      chmodSync(made, mode ?? DEFAULT_MODE);
      const inode = lstatSync(made, { bigint: true });
      renameSync(made, this.kept.at());
      this.kept.take(inode);
    } finally {
      closeSync(inside);
      rmdirSync(this.kept.at(workshop));
    }
  }

  /**
   * Binds a new socket in place of the old one, whose name is gone, so that no client can reach it
   * any more.
   */
  private bind(path: Buffer): Promise<void> {
    this.server?.close();
    const server = createServer((client) => this.welcome(client));
    this.server = server;
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path.toString('latin1'), () => {
        server.off('error', reject);
        server.on('error', (error) => this.warn(`control socket: ${error.message}`));
        resolve();
      });
    });
  }

  private welcome(client: Socket): void {
    client.on('error', () => client.destroy());
    if (this.clients.size >= CLIENTS_MAX || !this.isAllowed(client)) {
      client.destroy();
      return;
    }
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
    client.write(encodeLine(0, 0, ['0'], `Protocol version is ${PROTOCOL}.`));
    void this.serve(client);
  }

  /**
   * Checks the client's credentials. The kernel has checked the mode of the socket already; this
   * holds if that fails.
   */
  private isAllowed(client: Socket): boolean {
    const { uid, gid, mode = DEFAULT_MODE } = this.access;
    const peer = peerCredentials(descriptor(client));
    if (
      peer.uid === 0 ||
      peer.uid === process.getuid?.() ||
      peer.uid === uid ||
      (mode & OTHERS_MAY) !== 0
    )
      return true;
    if (gid !== undefined && (peer.gid === gid || isMember(peer.uid, gid))) return true;
    this.warn(`control socket: user ${peer.uid} (process ${peer.pid}) was turned away`);
    return false;
  }

  /**
   * Reads a command only after the reply to the one before has been sent, so that a slow client
   * delays only itself.
   */
  private async serve(client: Socket): Promise<void> {
    const reader = new LineReader();
    try {
      for await (const chunk of client) {
        const lines = reader.push(chunk as Buffer);
        if (lines === undefined) {
          client.end(encodeLine(0, REPLY.malformed, [], 'The line is too long.'));
          return;
        }
        for (const line of lines) {
          const { reply, last } = await answer(line, this.target);
          if (last) {
            client.end(reply);
            return;
          }
          if (!client.write(reply)) await drained(client);
        }
      }
    } catch {
      client.destroy(); // the client disconnected
    }
  }
}

/** Resolves when the written bytes are sent, or the connection is closed. */
function drained(client: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      client.off('drain', done).off('close', done);
      resolve();
    };
    if (client.destroyed) resolve();
    else client.on('drain', done).on('close', done);
  });
}

/**
 * Throws ClsyncError when another process listens on the socket, or anything but a socket is there.
 * A socket without a listener may be replaced.
 */
async function refuseOccupied(kept: KeptFile): Promise<void> {
  const found = kept.found();
  if (found === undefined) return;
  const refusal = (why: string) =>
    new ClsyncError('CANNOT_WRITE', '--socket', display(kept.path), why);
  if (!found.isSocket()) throw refusal('something that is no socket is there');
  const alive = await new Promise<boolean>((resolve) => {
    const probe = createConnection(`/proc/self/fd/${kept.directory}/${kept.name}`);
    probe
      .on('connect', () => resolve(true))
      .on('error', () => resolve(false))
      .on('connect', () => probe.destroy());
  });
  if (alive) throw refusal('another process listens there');
}

function failure(error: unknown, path: BytePath): ClsyncError {
  return error instanceof ClsyncError
    ? error
    : new ClsyncError('CANNOT_WRITE', '--socket', display(path), reasonOf(error));
}

function isMember(uid: number, gid: number): boolean {
  const { getgrnam, getpwnam } = posix();
  try {
    return getgrnam(gid).members.includes(getpwnam(uid).name);
  } catch {
    return false;
  }
}

/** The descriptor of a socket, which Node has no public property for. */
function descriptor(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
